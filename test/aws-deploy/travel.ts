import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer, Api } from '../acceptance/api.ts';
import { idle } from '../acceptance/host.ts';
import { writeTree } from '../cases/files.ts';
import { Installation } from '../cases/installation.ts';
import { downloadArchive, uploadArchive } from '../cases/transfer/travel.ts';
import type { DeployedHost } from './deployed-host.ts';

/** Each part goes straight to S3, by the URL of its ticket. */
const sendToStore = async (api: Api, upload: Answer['body'], bytes: Buffer): Promise<void> => {
  for (const number of upload.missing) {
    const start = (number - 1) * upload.partBytes;
    const { body: ticket } = await api.post(`/v1/uploads/${upload.id}/parts/${number}`);
    const response = await fetch(ticket.url, {
      method: 'PUT',
      body: bytes.subarray(start, start + upload.partBytes),
    });
    if (!response.ok) throw new Error(`part ${number}: ${response.status} ${await response.text()}`);
  }
};

const passphrase = 'correct horse battery staple';
const inHeader = { headers: { 'holdfast-passphrase': encodeURIComponent(passphrase) } };

/** The archive is here, verified, and listed; whoever made it is trusted from now on. */
const arrive = async (host: DeployedHost, from: Api, backupId: string): Promise<void> => {
  const { api } = host;
  const archive = await downloadArchive(from, backupId);
  await idle(host);
  const created = await api.post('/v1/uploads', { bytes: archive.length });
  expect(created.status).toBe(201);
  await sendToStore(api, created.body, archive);
  const { body } = await api.post(`/v1/uploads/${created.body.id}/complete`);
  expect(await api.ended(`/v1/imports/${body.id}`, host.seconds)).toMatchObject({
    state: 'SUCCESS',
    backupId,
  });
  const { resources } = (await from.get('/v1/verify-keys')).body;
  const { installation, publicKey } = resources.find(({ own }: { own: boolean }) => own);
  expect((await api.post('/v1/verify-keys', { installation, publicKey })).status).toBe(201);
};

const verifies = async (api: Api, backupId: string): Promise<void> => {
  const { status, body } = await api.post(`/v1/backups/${backupId}/verify`, { deep: true, passphrase });
  expect(status).toBe(202);
  expect(await api.ended(`/v1/verifications/${body.id}`, 120)).toMatchObject({ state: 'SUCCESS' });
};

const pathsOf = async (api: Api, backupId: string): Promise<string[]> => {
  const { body } = await api.get(`/v1/backups/${backupId}/contents?limit=1000`, inHeader);
  return body.resources.map(({ path }: { path: string }) => path);
};

/** Archives that go from one host to the other, with nothing but their passphrase. */
export const describeTravel = (here: () => DeployedHost): void => {
  describe('between the hosts [T6]', () => {
    let embedded: Installation;

    beforeAll(async () => {
      embedded = await Installation.start({
        config: (folder) => ({
          components: [{ id: 'files', kind: 'directory', path: join(folder, 'source') }],
        }),
      });
      await writeTree(embedded.path('source'), {
        'hello.txt': 'hello',
        'deep/er.bin': Buffer.alloc(100_000, 'e'),
      });
      await symlink('hello.txt', embedded.path('source', 'link'));
    });
    afterAll(() => embedded.close());

    test('an archive made on the embedded host is verified here, and its files restore into a bucket', async () => {
      const host = here();
      const { api, aws } = host;
      const made = await embedded.api.backup({ passphrase });
      expect(made.state).toBe('SUCCESS');
      await arrive(host, embedded.api, made.id);
      await verifies(api, made.id);
      expect(await pathsOf(api, made.id)).toEqual(
        expect.arrayContaining(['hello.txt', 'deep/er.bin', 'link']),
      );
      await idle(host);
      const Bucket = host.targets.uploads;
      const { body } = await api.post(`/v1/backups/${made.id}/restores`, {
        passphrase,
        targets: { files: `s3://${Bucket}/from-embedded/` },
      });
      expect(await api.ended(`/v1/restores/${body.id}`, host.seconds)).toMatchObject({
        state: 'PARTIAL',
        components: {
          files: { entries: 2, skipped: [{ path: 'link', reason: expect.stringContaining('symlink') }] },
        },
      });
      const read = async (path: string): Promise<string | undefined> => {
        const Key = `from-embedded/${path}`;
        return (await aws.s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
      };
      expect(await read('hello.txt')).toBe('hello');
      expect(await read('deep/er.bin')).toBe('e'.repeat(100_000));
    }, 240_000);

    test('an archive made here is verified on the embedded host, and restores into folders there', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const { body } = await api.post('/v1/backups', { label: 'leaving', passphrase });
      const made = await api.ended(`/v1/backups/${body.id}`, host.seconds);
      expect(made.state).toBe('SUCCESS');
      const { body: where } = await api.post(`/v1/backups/${made.id}/download`);
      const imported = await uploadArchive(embedded.api, await host.fetchArchive(where.url));
      expect(imported).toMatchObject({ state: 'SUCCESS', backupId: made.id });
      const [own] = (await api.get('/v1/verify-keys')).body.resources.filter(
        (key: { own: boolean }) => key.own,
      );
      const trusted = { installation: own.installation, publicKey: own.publicKey };
      expect((await embedded.api.post('/v1/verify-keys', trusted)).status).toBe(201);
      await verifies(embedded.api, made.id);
      expect(await pathsOf(embedded.api, made.id)).toEqual(
        expect.arrayContaining(['objects/docs/letter.txt', 'items/00000/00000001.jsonl']),
      );
      const [uploads, orders] = [embedded.path('uploads'), embedded.path('orders')];
      const restored = await embedded.api.restore(made.id, { passphrase, targets: { uploads, orders } });
      expect(restored).toMatchObject({ state: 'SUCCESS', shortError: '' });
      expect(await readFile(join(uploads, 'objects/docs/letter.txt'), 'utf8')).toBe('Dear all,');
      expect(await readFile(join(uploads, 'objects/docs/ümläut and space.txt'), 'utf8')).toBe('grüße');
      const items = (await readFile(join(orders, 'items/00000/00000001.jsonl'), 'utf8')).trim().split('\n');
      expect(items).toHaveLength(30);
      const seventh = items.map((line) => JSON.parse(line)).find(({ id }) => id.S === 'order-7');
      expect(seventh).toEqual({
        id: { S: 'order-7' },
        total: { N: '12345678901234567890.123456789' },
        blob: { B: Buffer.of(0, 7, 255).toString('base64') },
      });
    }, 240_000);
  });
};
