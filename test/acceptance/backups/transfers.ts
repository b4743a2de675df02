import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandsOf, follow } from '../../archive/recover/follow-recover.ts';
import { writeTree } from '../../cases/files.ts';
import { Installation } from '../../cases/installation.ts';
import { downloadArchive, downloadKey, uploadArchive, uploadKey } from '../../cases/transfer/transfers.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { testWith } from '../../tools/debian-tools.ts';
import type { Answer, Api } from '../api.ts';
import { type AcceptanceHost, idle } from '../host.ts';
import { sendArchive } from './send-archive.ts';

const passphrase = 'correct horse battery staple';
const password = 'a password for the journey';
const inHeader = { headers: { 'holdfast-passphrase': encodeURIComponent(passphrase) } };

const pathsOf = async (api: Api, backupId: string): Promise<string[]> => {
  const { body } = await api.get(`/v1/backups/${backupId}/contents?limit=1000`, inHeader);
  return body.resources.map(({ path }: { path: string }) => path);
};
/** Imports the verify keys of `from` into `to`, so that `to` knows the signer of its archives. */
const introduce = async (from: Api, to: Api): Promise<void> => {
  const { resources } = (await from.get('/v1/verify-keys')).body;
  const { installation, publicKey } = resources.find(({ own }: { own: boolean }) => own);
  const { status } = await to.post('/v1/verify-keys', { installation, publicKey });
  expect([200, 201]).toContain(status);
};

/** Transfers archives to a new installation and back, using only the files that are sent. */
export const describeTransfers = (here: () => AcceptanceHost): void => {
  describe('between installations', () => {
    let elsewhere: Installation;
    let there: Api;
    let arrived: Answer['body'];

    beforeAll(async () => {
      elsewhere = await Installation.start({
        config: (folder) => ({
          installation: 'elsewhere',
          components: [{ id: 'files', kind: 'directory', path: join(folder, 'source') }],
        }),
      });
      there = elsewhere.api;
      await writeTree(elsewhere.path('source'), {
        'hello.txt': 'hello',
        'deep/er.bin': Buffer.alloc(100_000, 'e'),
      });
      await symlink('hello.txt', elsewhere.path('source', 'link'));
    }, 60_000);
    afterAll(() => elsewhere?.close());

    const began = async (answer: Promise<Answer>, records: string): Promise<Answer['body']> => {
      const host = here();
      const { status, body } = await answer;
      expect([status, body.detail]).toEqual([202, undefined]);
      return host.api.ended(`${records}/${body.id}`, host.seconds);
    };

    test('an archive of another installation is taken by its passphrase once its maker is known [T5] [T6] [U6] [C11] [B16]', async () => {
      const host = here();
      const { api } = host;
      const made = await there.backup({ passphrase });
      expect(made.state).toBe('SUCCESS');
      await idle(host);
      const imported = await sendArchive(host, await downloadArchive(there, made.id));
      expect(imported).toMatchObject({ state: 'SUCCESS', backupId: made.id, signature: 'unknown-signer' });
      arrived = (await api.get(`/v1/backups/${made.id}`)).body;
      expect(arrived).toMatchObject({
        ...{ imported: true, importedFrom: 'elsewhere', createdAt: made.createdAt, sha256: made.sha256 },
        ...{ scope: 'system', tiedToHsm: false, encryption: { mode: 'passphrase' } },
      });
      const request = { passphrase, targets: { files: host.newTarget('arrived') } };
      const path = `/v1/backups/${made.id}/restores`;
      expect((await api.post(path, request)).body.code).toBe('archive_signer_unknown');
      await introduce(there, api);
      const wrong = await api.post(path, { ...request, passphrase: 'something else entirely' });
      expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong_passphrase']);
      const once = { headers: { 'idempotency-key': `verify ${made.id}` } };
      const verify = () => api.post(`/v1/backups/${made.id}/verify`, { deep: true, passphrase }, once);
      const [first, again] = [await verify(), await verify()];
      expect(again.body.id).toBe(first.body.id);
      expect(await api.ended(`/v1/verifications/${first.body.id}`, host.seconds)).toMatchObject({
        state: 'SUCCESS',
      });
      expect(await pathsOf(api, made.id)).toEqual(
        expect.arrayContaining(['hello.txt', 'deep/er.bin', 'link']),
      );
      await idle(host);
      const restored = await began(api.post(path, request), '/v1/restores');
      const link = { path: 'link', reason: expect.stringContaining('symlink') };
      expect(restored).toMatchObject({
        state: host.hasLinks ? 'SUCCESS' : 'PARTIAL',
        components: { files: { skipped: host.hasLinks ? [] : [link] } },
      });
      expect(await host.read(request.targets.files, 'hello.txt')).toBe('hello');
      expect(await host.read(request.targets.files, 'deep/er.bin')).toBe('e'.repeat(100_000));
    }, 240_000);

    test('it ends under a key of this installation, and wants its passphrase no more [T3] [B10]', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const path = `/v1/backups/${arrived.id}`;
      const done = await began(api.post(`${path}/reseal`, { passphrase }), '/v1/reseals');
      expect(done).toMatchObject({ state: 'SUCCESS', from: { mode: 'passphrase' } });
      const [own] = (await api.get('/v1/keys?scope=system')).body.resources.filter(
        ({ isDefault }: { isDefault: boolean }) => isDefault,
      );
      expect((await api.get(path)).body).toMatchObject({
        ...{ encryption: { mode: 'key', keyId: own.id }, signature: 'trusted', importedFrom: 'elsewhere' },
      });
      expect((await api.get(`${path}/contents`)).status).toBe(200);
    }, 240_000);

    test('an archive made here and its key, under a password, open in a fresh installation [C10] [C11] [T5] [T6]', async () => {
      const host = here();
      const { api } = host;
      await idle(host);
      const made = await began(
        api.post('/v1/backups', { label: 'leaving', components: host.components }),
        '/v1/backups',
      );
      expect(made.state).toBe('SUCCESS');
      const { keyId } = made.encryption;
      const short = await api.post(`/v1/keys/${keyId}/download`, { password: 'elevenchars' });
      expect([short.status, short.body.code]).toEqual([400, 'invalid_request']);
      const keyFile = await downloadKey(api, keyId, password, 'on the yellow note');
      expect(keyFile).not.toMatch(/AGE-SECRET/);
      await writeFile(elsewhere.path('backup.key'), keyFile);
      const inspected = await holdfast(['key', 'inspect', '--file', elsewhere.path('backup.key'), '--json']);
      expect(JSON.parse(inspected.out)).toMatchObject({ keyId, scope: 'system', hint: 'on the yellow note' });
      const wrong = await uploadKey(there, keyFile, 'not the password at all');
      expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong_passphrase']);
      const taken = await uploadKey(there, keyFile, password);
      expect([taken.status, taken.body.id, taken.body.isDefault]).toEqual([201, keyId, false]);

      const { body: where } = await api.post(`/v1/backups/${made.id}/download`);
      const archive = await host.fetchArchive(where.url);
      await writeFile(elsewhere.path('archive.tar'), archive);
      const read = await holdfast(['backup', 'inspect', '--file', elsewhere.path('archive.tar'), '--json']);
      expect(JSON.parse(read.out)).toMatchObject({ backupId: made.id });
      // The key file contains the signer's verify key.
      expect(await uploadArchive(there, archive)).toMatchObject({
        ...{ state: 'SUCCESS', backupId: made.id, signature: 'trusted' },
      });
      const { body: begun } = await there.post(`/v1/backups/${made.id}/verify`, { deep: true });
      expect(await there.ended(`/v1/verifications/${begun.id}`)).toMatchObject({ state: 'SUCCESS' });
      const [uploads, orders] = [elsewhere.path('uploads'), elsewhere.path('orders')];
      const restored = await there.restore(made.id, { targets: { uploads, orders } });
      expect(restored).toMatchObject({ state: 'SUCCESS', shortError: '' });
      await host.expectRestoredAsFolders({ uploads, orders });
    }, 240_000);

    testWith(
      'age',
      'script',
      'tar',
      'zstd',
      'openssl',
    )(
      'it opens with stock tools alone, by the instructions that it holds [B5]',
      async () => {
        const [archive, cwd] = [elsewhere.path('archive.tar'), elsewhere.path('by-hand')];
        await mkdir(cwd);
        const { status, stdout } = follow({
          commands: commandsOf(archive),
          cwd,
          variables: { ARCHIVE: archive, KEY: elsewhere.path('backup.key') },
          typed: password,
        });
        expect([status, stdout]).toEqual([0, expect.stringContaining('Recovered: ')]);
        expect(execFileSync('find', [cwd, '-name', 'letter.txt'], { encoding: 'utf8' })).not.toBe('');
      },
      120_000,
    );
  });
};
