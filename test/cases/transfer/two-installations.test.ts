import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { commandsOf, follow } from '../../archive/recover/follow-recover.ts';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { deadlineIn } from '../../deadline.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { differences, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { downloadArchive, downloadKey, reseal, sealOf, uploadArchive, uploadKey } from './transfers.ts';

const password = 'a password for the journey';
const passphrase = 'befit-brakeman-footstep-unclasp';

let a: Installation;
let b: Installation;
let A: Api;
let B: Api;
const installations: Installation[] = [];

const fresh = async (installation: string, config: Record<string, unknown> = {}): Promise<Installation> => {
  const made = await Installation.start({ config: () => ({ installation, ...config }) });
  installations.push(made);
  return made;
};

beforeAll(async () => {
  [a, b] = await Promise.all([
    fresh('berlin', {
      domains: ['root', 'blue'],
      components: [
        { id: 'files', kind: 'directory', path: 'source' },
        { id: 'blue-files', kind: 'directory', path: 'source', domain: 'blue' },
      ],
    }),
    // It has no components, so nothing here knows what the archive contains.
    fresh('lisbon'),
  ]);
  [A, B] = [a.api, b.api];
  await writeTree(a.path('source'), {
    'a.txt': 'alpha',
    'deep/er/b.bin': randomBytes(3_000_000),
    'deep/c': 'c',
  });
}, 60_000);
afterAll(() => Promise.all(installations.map((each) => each.close())));

/** Waits for the notice, which the server sends after it has written the record. */
const told = async (where: Installation, words: RegExp): Promise<void> => {
  const deadline = deadlineIn(10_000);
  while (!words.test(where.log)) {
    if (deadline.isOver) throw new Error(`nothing was told of ${words}:\n${where.log}`);
    await pause(20);
  }
};

/** The record of an installation's own archive does not name its key. */
const ownKeyOf = async (api: Api): Promise<string> =>
  (await api.get('/v1/verify-keys')).body.resources[0].publicKey;

const into = (where: Installation, name: string, more: Record<string, unknown> = {}) => ({
  targets: { files: where.path(name) },
  ...more,
});

describe('an archive and its key file', () => {
  test('restore in a fresh installation, with nothing else from the first [C10] [C11] [T5] [T6]', async () => {
    const backup = await A.backup({ components: ['files'], label: 'nightly', description: 'for the road' });
    const archive = await downloadArchive(A, backup.id);
    const keyFile = await downloadKey(A, backup.encryption.keyId, password, 'on the yellow note');

    const key = await uploadKey(B, keyFile, password);
    expect(key.status).toBe(201);
    expect(key.body).toMatchObject({
      id: backup.encryption.keyId,
      isDefault: false,
      importedFrom: 'berlin',
      scope: 'system',
    });
    expect(key.text).not.toMatch(/wrappedIdentity|AGE-SECRET/);

    const imported = await uploadArchive(B, archive, { sha256: backup.sha256 });
    expect(imported).toMatchObject({
      state: 'SUCCESS',
      backupId: backup.id,
      signature: 'trusted',
      sha256: backup.sha256,
    });

    // The import is listed like any other backup, with its own id and times.
    const { body: listed } = await B.get('/v1/backups?label=nightly');
    expect(listed.total).toBe(1);
    expect(listed.resources[0]).toMatchObject({
      id: backup.id,
      imported: true,
      importedFrom: 'berlin',
      signature: 'trusted',
      state: 'SUCCESS',
      createdAt: backup.createdAt,
      completedAt: expect.any(String),
      description: 'for the road',
      encryption: backup.encryption,
      sha256: backup.sha256,
      archiveBytes: backup.archiveBytes,
      entries: backup.entries,
      components: { files: { kind: 'directory', state: 'SUCCESS' } },
    });
    const contents = await B.get(`/v1/backups/${backup.id}/contents`);
    expect(contents.body.total).toBe(backup.entries);

    const nowhere = await B.post(`/v1/backups/${backup.id}/restores`, {});
    expect([nowhere.status, nowhere.body.code]).toEqual([400, 'invalid_request']);
    expect(nowhere.body.detail).toContain('--to files=TARGET');
    const restore = await B.restore(backup.id, into(b, 'restored'));
    expect(restore).toMatchObject({ state: 'SUCCESS', trusted: false, force: false });
    expect(differences(a.path('source'), b.path('restored'))).toBe('');

    const again = await B.post('/v1/uploads', { bytes: 1, backupId: backup.id });
    expect([again.status, again.body.code]).toEqual([409, 'conflict']);
    expect(again.body.detail).toContain('already exists here');
    const blindly = await uploadArchive(B, archive, { fileName: 'again.tar' });
    expect(blindly).toMatchObject({ status: 409, code: 'conflict' });
  }, 90_000);

  testWith(
    'age',
    'script',
    'tar',
    'zstd',
    'openssl',
  )(
    'restore with stock tools alone, by the RECOVER.md of the archive [B5]',
    async () => {
      const backup = await A.backup({ components: ['files'] });
      const folder = a.path('by-hand');
      await mkdir(folder);
      await writeFile(`${folder}/archive.tar`, await downloadArchive(A, backup.id));
      await writeFile(`${folder}/backup.key`, await downloadKey(A, backup.encryption.keyId, password));
      const archive = `${folder}/archive.tar`;
      // The key file also contains the verify key to expect.
      const { status, stdout } = follow({
        commands: commandsOf(archive),
        cwd: folder,
        variables: { ARCHIVE: archive, KEY: `${folder}/backup.key` },
        typed: password,
      });
      expect([status, stdout]).toEqual([0, expect.stringContaining('Recovered: ')]);
      const found = execFileSync('find', [folder, '-name', 'b.bin'], { encoding: 'utf8' }).trim();
      expect(differences(a.path('source'), found.replace(/\/deep\/er\/b\.bin$/, ''))).toBe('');
    },
    90_000,
  );
});

describe('an archive under a passphrase', () => {
  test('restores in a fresh installation with the passphrase only, then moves under its own key [T3] [T5] [U6]', async () => {
    const c = await fresh('porto');
    const C = c.api;
    const short = await A.post('/v1/backups', { components: ['files'], passphrase: 'elevenchars' });
    expect([short.status, short.body.code]).toEqual([400, 'invalid_request']);
    expect(short.body.detail).toContain('12 to 1024 characters');

    const backup = await A.backup({ components: ['files'], passphrase });
    expect(backup.encryption).toEqual({ mode: 'passphrase' });
    const imported = await uploadArchive(C, await downloadArchive(A, backup.id));
    expect(imported).toMatchObject({ state: 'SUCCESS', signature: 'unknown-signer' });
    expect((await C.get(`/v1/backups/${backup.id}`)).body.signature).toBe('unknown-signer');

    // No verify key has been imported for this signer.
    const path = `/v1/backups/${backup.id}/restores`;
    const refused = await C.post(path, into(c, 'restored', { passphrase }));
    expect([refused.status, refused.body.code]).toEqual([403, 'archive_signer_unknown']);
    expect(refused.body.detail).toMatch(/holdfast verify-key import \S+ --installation berlin;/);
    expect((await reseal(C, backup.id, { passphrase })).code).toBe('archive_signer_unknown');

    const [own] = (await A.get('/v1/verify-keys')).body.resources;
    expect(own).toMatchObject({ own: true, installation: 'berlin', publicKey: refused.body.verifyKey });
    const trusted = await C.post('/v1/verify-keys', { installation: 'berlin', publicKey: own.publicKey });
    expect([trusted.status, trusted.body.id]).toEqual([201, own.id]);
    expect((await C.get(`/v1/backups/${backup.id}`)).body.signature).toBe('trusted');

    const without = await C.post(path, into(c, 'restored'));
    expect([without.status, without.body.code]).toEqual([400, 'invalid_request']);
    const wrong = await C.post(path, into(c, 'restored', { passphrase: 'something else entirely' }));
    expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong_passphrase']);
    expect((await C.restore(backup.id, into(c, 'restored', { passphrase }))).state).toBe('SUCCESS');
    expect(differences(a.path('source'), c.path('restored'))).toBe('');

    // In the end the data is sealed with the new installation's keys.
    const before = await readFile(`${c.data}/archives/${backup.id}.tar`);
    const done = await reseal(C, backup.id, { passphrase });
    expect(done).toMatchObject({ state: 'SUCCESS', from: { mode: 'passphrase' } });
    const after = (await C.get(`/v1/backups/${backup.id}`)).body;
    expect(after).toMatchObject({
      encryption: { mode: 'key', keyId: done.keyId },
      signedBy: null,
      signature: 'trusted',
      imported: true,
      sha256: done.sha256,
    });
    const now = await readFile(`${c.data}/archives/${backup.id}.tar`);
    expect(createHash('sha256').update(now).digest('hex')).toBe(after.sha256);
    expect(now.length).toBe(after.archiveBytes);
    // Only the end of the file changed: all segments come before the key.
    const tail = before.indexOf('key.age\0');
    expect(now.subarray(0, tail).equals(before.subarray(0, tail))).toBe(true);
    expect(tail).toBeGreaterThan(3_000_000);

    await rm(c.path('restored'), { recursive: true });
    expect((await C.restore(backup.id, into(c, 'restored'))).state).toBe('SUCCESS');
    expect(differences(a.path('source'), c.path('restored'))).toBe('');
    // The restore also works without the first installation's verify key.
    expect((await C.delete(`/v1/verify-keys/${own.id}`)).status).toBe(204);
    expect((await C.restore(backup.id, into(c, 'restored'))).state).toBe('SUCCESS');
  }, 120_000);

  test('of an unknown signer is trusted for one restore when asked: recorded, and told [B8]', async () => {
    const c = await fresh('faro');
    const C = c.api;
    const backup = await A.backup({ components: ['files'], passphrase });
    await uploadArchive(C, await downloadArchive(A, backup.id));
    const trust = await sealOf(C, backup.id);
    const restore = await C.restore(backup.id, into(c, 'restored', { passphrase, trust }));
    expect(restore).toMatchObject({
      state: 'SUCCESS',
      trusted: true,
      trustedSigner: { ...trust, by: 'command line', at: expect.stringMatching(/^2\d{3}-/) },
    });
    await told(
      c,
      /restore\.succeeded.*signed by an installation that is not known here.*trusted it.*signer: \S{44}.*manifest: [0-9a-f]{64}/,
    );
    const next = await C.post(`/v1/backups/${backup.id}/restores`, into(c, 'restored', { passphrase }));
    expect(next.body.code).toBe('archive_signer_unknown');
    // Where no trust was needed, the record names no trusted signer.
    const own = await A.restore(backup.id, into(a, 'own', { passphrase, trust, force: true }));
    expect(own).toMatchObject({ state: 'SUCCESS', trusted: false, trustedSigner: null, force: false });
  }, 120_000);
});

describe('an archive tied to the key service [C8]', () => {
  test('restores where it was made, opens nowhere else, and cannot be sealed to a key', async () => {
    const backup = await A.backup({ components: ['files'], tiedToHsm: true });
    expect(backup).toMatchObject({ state: 'SUCCESS', tiedToHsm: true, encryption: { mode: 'hsm' } });
    expect((await A.restore(backup.id, into(a, 'hsm'))).state).toBe('SUCCESS');
    expect((await reseal(A, backup.id)).code).toBe('invalid_request');

    const imported = await uploadArchive(B, await downloadArchive(A, backup.id));
    expect(imported.state).toBe('SUCCESS');
    const trust = await sealOf(A, backup.id);
    const elsewhere = await B.post(
      `/v1/backups/${backup.id}/restores`,
      into(b, 'hsm', { trust: { ...trust, verifyKey: await ownKeyOf(A) } }),
    );
    expect([elsewhere.status, elsewhere.body.code]).toEqual([403, 'wrong_key']);
    expect(elsewhere.body.detail).toContain('tied to the key service key');

    const domain = await A.post('/v1/backups', { scope: 'domain', domain: 'blue', tiedToHsm: true });
    expect([domain.status, domain.body.code]).toEqual([400, 'invalid_request']);
  }, 60_000);
});

describe('versions [C12] [U3]', () => {
  const archiveOf = async (productVersion: string, n: number) =>
    makeSampleArchive({
      passphrase,
      components: { notes: { segments: [Buffer.alloc(1024)], contents: [[]] } },
      head: { productVersion, backupId: `nightly-6f9619ff-8b86-4011-b42d-00c04fc9640${n}` },
    });
  const target = async (id: string) => ({
    targets: { notes: b.path('versions') },
    passphrase,
    trust: await sealOf(B, id),
  });

  test('of the next three minor ones restore; others are refused before anything is touched, unless forced, which is recorded', async () => {
    // This is 0.1.0: an archive of 0.2 is newer, and one of another major version is incompatible.
    for (const [n, version] of ['0.2.0', '1.0.0'].entries()) {
      const { bytes, head } = await archiveOf(version, n);
      expect((await uploadArchive(B, bytes)).state).toBe('SUCCESS');
      const refused = await B.post(`/v1/backups/${head.backupId}/restores`, await target(head.backupId));
      expect([version, refused.status, refused.body.code]).toEqual([version, 409, 'incompatible_version']);
      expect(refused.body.detail).toContain(version);
      expect(spawnSync('ls', [b.path('versions')]).status).not.toBe(0);
      expect((await B.get('/v1/restores')).body.resources).not.toContainEqual(
        expect.objectContaining({ backupId: head.backupId }),
      );
      const forced = await B.restore(head.backupId, {
        ...(await target(head.backupId)),
        force: true,
        dryRun: true,
      });
      expect(forced).toMatchObject({ state: 'SUCCESS', force: true, dryRun: true });
    }
    const { bytes, head } = await archiveOf('0.1.9', 5);
    await uploadArchive(B, bytes);
    const within = { ...(await target(head.backupId)), dryRun: true };
    expect((await B.restore(head.backupId, within)).state).toBe('SUCCESS');
  }, 120_000);
});
