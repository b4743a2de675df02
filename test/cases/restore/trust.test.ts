import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateBackupKey } from '../../../lib/archive/age/age-header.ts';
import { sealKeyFile } from '../../../lib/archive/keys/backup-key-file.ts';
import { generateSigningKey } from '../../../lib/archive/keys/signature.ts';
import type { Api } from '../../acceptance/api.ts';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { deadlineIn } from '../../deadline.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import {
  downloadArchive,
  downloadKey,
  reseal,
  sealOf,
  uploadArchive,
  uploadKey,
} from '../transfer/transfers.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
const password = 'a password for the journey';

let a: Installation;
let b: Installation;
let B: Api;

beforeAll(async () => {
  [a, b] = await Promise.all([
    Installation.start({
      config: () => ({
        installation: 'berlin',
        domains: ['root', 'blue'],
        components: [{ id: 'blue-files', kind: 'directory', path: 'source', domain: 'blue' }],
      }),
    }),
    Installation.start({ config: () => ({ installation: 'lisbon' }) }),
  ]);
  B = b.api;
  await writeTree(a.path('source'), { 'a.txt': 'alpha' });
}, 60_000);
afterAll(() => Promise.all([a.close(), b.close()]));

describe('a re-seal on trust [B8] [B10]', () => {
  test('reads all of the archive first, and the record keeps whose signature it had and who trusted it', async () => {
    const { bytes, head, signing } = await makeSampleArchive({
      passphrase,
      head: { backupId: `nightly-${randomUUID()}` },
    });
    expect(await uploadArchive(B, bytes)).toMatchObject({ state: 'SUCCESS', signature: 'unknown-signer' });
    expect((await reseal(B, head.backupId, { passphrase })).code).toBe('archive_signer_unknown');
    const trust = await sealOf(B, head.backupId);
    expect(trust.verifyKey).toBe(signing.verifyKey);
    const done = await reseal(B, head.backupId, { passphrase, trust });
    const trustedSigner = { ...trust, by: 'command line', at: done.createdAt };
    expect(done).toMatchObject({ state: 'SUCCESS', trusted: true });
    expect({ ...done.trustedSigner, at: done.createdAt }).toEqual(trustedSigner);
    expect((await B.get(`/v1/backups/${head.backupId}`)).body).toMatchObject({
      signature: 'trusted',
      signedBy: null,
      trustedSigner: { ...trust, by: 'command line' },
      manifestSha256: done.manifestSha256,
    });
    // After another re-seal, to another key, the archive still counts as not trusted.
    const key = (await B.post('/v1/keys', {})).body;
    expect(await reseal(B, head.backupId, { keyId: key.id })).toMatchObject({
      state: 'SUCCESS',
      trusted: false,
      trustedSigner: null,
    });
    expect((await B.get(`/v1/backups/${head.backupId}`)).body.trustedSigner).toMatchObject(trust);
  }, 90_000);

  test('is told', async () => {
    const deadline = deadlineIn(10_000);
    const words =
      /reseal\.succeeded.*signed by an installation that is not known here.*trusted it.*signer: \S{44}.*manifest: [0-9a-f]{64}/;
    while (!words.test(b.log) && !deadline.isOver) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(b.log).toMatch(words);
  }, 30_000);
});

describe('a key that opens very many backups [B10]', () => {
  test('is deleted by force with the digest of their ids, and not with that of others', async () => {
    const key = (await a.api.post('/v1/keys', { scope: 'domain', domain: 'blue' })).body;
    const domain = { scope: 'domain', domain: 'blue', keyId: key.id };
    await a.api.backup(domain);
    const refused = await a.api.delete(`/v1/keys/${key.id}`);
    const { digest } = refused.body;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    await a.api.backup(domain);
    const stale = await a.api.delete(`/v1/keys/${key.id}`, { body: { force: true, digest } });
    expect([stale.status, stale.body.code, stale.body.total]).toEqual([409, 'key_in_use', 2]);
    expect(stale.body.detail).toContain(stale.body.digest);
    const forced = { force: true, digest: stale.body.digest };
    expect((await a.api.delete(`/v1/keys/${key.id}`, { body: { digest: forced.digest } })).status).toBe(409);
    expect((await a.api.delete(`/v1/keys/${key.id}`, { body: forced })).status).toBe(204);
  }, 60_000);
});

describe('a domain’s backup and key [C4] [T5]', () => {
  test('restore in an installation that has no such domain', async () => {
    const backup = await a.api.backup({ scope: 'domain', domain: 'blue' });
    const file = await downloadKey(a.api, backup.encryption.keyId, password);
    const { status, body } = await uploadKey(B, file, password);
    expect([status, body.scope, body.domain]).toEqual([201, 'domain', 'blue']);
    expect((await uploadArchive(B, await downloadArchive(a.api, backup.id))).state).toBe('SUCCESS');
    const restore = await B.restore(backup.id, { targets: { 'blue-files': b.path('blue') } });
    expect(restore.state).toBe('SUCCESS');
    // The key has no domain whose default it could become.
    expect((await B.post(`/v1/keys/${body.id}/default`)).status).toBe(400);
  }, 60_000);
});

describe('versions [C12] [U3]', () => {
  test('passed by force: a restore of a domain’s archive writes what it holds, is recorded, and told', async () => {
    const { bytes, head, signing } = await makeSampleArchive({
      passphrase,
      components: { notes: { segments: [Buffer.alloc(1024)], contents: [[]] } },
      head: { productVersion: '0.2.0', backupId: `nightly-${randomUUID()}`, scope: 'domain', domain: 'blue' },
    });
    await B.post('/v1/verify-keys', { installation: 'acme', publicKey: signing.verifyKey });
    expect((await uploadArchive(B, bytes)).state).toBe('SUCCESS');
    const request = { targets: { notes: b.path('notes') }, passphrase };
    const refused = await B.post(`/v1/backups/${head.backupId}/restores`, request);
    expect([refused.status, refused.body.code]).toEqual([409, 'incompatible_version']);
    const restore = await B.restore(head.backupId, { ...request, force: true });
    expect(restore).toMatchObject({ state: 'SUCCESS', force: true, dryRun: false });
    expect((await B.get(`/v1/restores/${restore.id}`)).body.force).toBe(true);
    const deadline = deadlineIn(10_000);
    while (!/restore\.succeeded.*overridden with force/.test(b.log) && !deadline.isOver)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(b.log).toMatch(/restore\.succeeded.*overridden with force, by command line/);
  }, 60_000);
});

describe('a verify key that is none [B8]', () => {
  test('is not imported, and the answer says why', async () => {
    for (const publicKey of [`AQ${'A'.repeat(41)}=`, `${'A'.repeat(43)}=`]) {
      const { status, body } = await B.post('/v1/verify-keys', { installation: 'berlin', publicKey });
      expect([status, body.code]).toEqual([400, 'invalid_request']);
      expect(body.detail).toContain('publicKey: this is not the verify key of an installation');
    }
  });
});

describe('a key file that was made to be taken [C10] [B8]', () => {
  test('is refused when its verify key is none, or its installation’s name could not be one', async () => {
    const pair = await generateBackupKey();
    const facts = {
      format: 1 as const,
      keyId: `key-${randomUUID()}`,
      scope: 'system' as const,
      domain: 'root',
      createdAt: '2026-11-20T03:00:00Z',
      hint: '',
      installation: 'berlin',
      verifyKey: generateSigningKey().verifyKey,
      recipient: pair.recipient,
    };
    await expect(sealKeyFile({ ...facts, verifyKey: 'AAAA' }, pair.identity, password)).rejects.toThrow();
    const good = await sealKeyFile(facts, pair.identity, password);
    for (const change of [
      { verifyKey: 'AAAA' },
      { verifyKey: '' },
      // The neutral point as a verify key: anybody can make a signature that it accepts.
      { verifyKey: `AQ${'A'.repeat(41)}=` },
      { installation: '' },
      { installation: '\u001b[2J' },
      { installation: '$(id)' },
    ]) {
      const line = /^\{.*\}$/m.exec(good)?.[0] ?? '';
      const file = good.replace(line, JSON.stringify({ ...JSON.parse(line), ...change }));
      const { status, body } = await uploadKey(B, file, password);
      expect([status, body.code]).toEqual([422, 'key_file_damaged']);
    }
    expect((await uploadKey(B, good, password)).status).toBe(201);
  }, 60_000);
});
