import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SqliteCatalog } from '../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import { FolderObjectStore } from '../../../lib/adapters/local/store/folder-object-store.ts';
import { partBytesFor } from '../../../lib/operations/transfer/create-upload.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import type { Api } from '../../acceptance/api.ts';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { differences, writeSlowFile, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { downloadArchive, downloadKey, sendParts, uploadArchive, uploadKey } from './transfers.ts';

let a: Installation;
let b: Installation;
let B: Api;
// biome-ignore lint/suspicious/noExplicitAny: a record of the API
let backup: any;
let archive: Buffer;

beforeAll(async () => {
  [a, b] = await Promise.all([
    Installation.start({
      config: () => ({
        installation: 'sender',
        components: [{ id: 'files', kind: 'directory', path: 'source' }],
      }),
    }),
    Installation.start({
      config: () => ({
        installation: 'taker',
        components: [{ id: 'slow', kind: 'directory', path: 'slow' }],
        backupPaths: ['vault'],
      }),
    }),
  ]);
  B = b.api;
  // The archive has three parts of 8 MiB.
  await writeTree(a.path('source'), { 'random.bin': randomBytes(20_000_000), 'a.txt': 'alpha' });
  backup = await a.api.backup();
  archive = await downloadArchive(a.api, backup.id);
  const keyFile = await downloadKey(a.api, backup.encryption.keyId, 'a password for it');
  expect((await uploadKey(B, keyFile, 'a password for it')).status).toBe(201);
}, 60_000);
afterAll(() => Promise.all([a.close(), b.close()]));

const staged = (): string[] => {
  const folder = join(b.data, 'archives', '.holdfast-staging');
  return existsSync(folder) ? readdirSync(folder) : [];
};
const open = async (request: Record<string, unknown> = {}) =>
  (await B.post('/v1/uploads', { bytes: archive.length, ...request })).body;
const complete = (id: string) => B.post(`/v1/uploads/${id}/complete`);

describe('an upload [C11]', () => {
  test('goes on where it broke off, also after the server was killed, and is the archive that was sent [T5]', async () => {
    const first = await open({ sha256: backup.sha256, backupId: backup.id });
    expect(first).toMatchObject({ partBytes: 8 * 1024 * 1024, parts: 3, missing: [1, 2, 3] });
    await sendParts(B, first, archive, 1);
    await b.end('SIGKILL');
    await b.startServer();
    B = b.api;
    // A second request for the same file gets the existing upload.
    const again = await open({ sha256: backup.sha256, backupId: backup.id });
    expect(again).toMatchObject({ id: first.id, missing: [2, 3] });
    const early = await complete(first.id);
    expect([early.status, early.body.code]).toEqual([409, 'not_ready']);
    expect(early.body.missing).toEqual([2, 3]);
    await sendParts(B, again, archive);
    expect((await B.get(`/v1/uploads/${first.id}`)).body.missing).toEqual([]);
    const once = { headers: { 'idempotency-key': 'the first upload' } };
    const { status, headers, body } = await B.post(`/v1/uploads/${first.id}/complete`, undefined, once);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/imports/${body.id}`);
    expect(await B.ended(`/v1/imports/${body.id}`)).toMatchObject({ state: 'SUCCESS' });
    expect((await readFile(join(b.data, 'archives', `${backup.id}.tar`))).equals(archive)).toBe(true);
    expect((await B.get(`/v1/uploads/${first.id}`)).status).toBe(404);
    expect(staged()).toEqual([]);
    // A client that lost the answer repeats the request, although the upload is gone [B16].
    const repeated = await B.post(`/v1/uploads/${first.id}/complete`, undefined, once);
    expect([repeated.status, repeated.body.id]).toEqual([202, body.id]);
    const restore = await B.restore(backup.id, { targets: { files: b.path('restored') } });
    expect(restore.state).toBe('SUCCESS');
    expect(differences(a.path('source'), b.path('restored'))).toBe('');
    expect((await B.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
  }, 60_000);

  test('takes parts in any order, and again; a part of another size is refused', async () => {
    const upload = await open({ fileName: 'any-order.tar' });
    const part = (n: number) => archive.subarray((n - 1) * upload.partBytes, n * upload.partBytes);
    const send = (n: number, body: Uint8Array) =>
      B.call('PUT', `/v1/uploads/${upload.id}/parts/${n}`, { body });
    for (const [n, body] of [
      [3, part(3)],
      [1, Buffer.alloc(upload.partBytes)],
      [2, part(2)],
      [1, part(1)],
    ] as const)
      expect((await send(n, body)).status).toBe(204);
    for (const [body, refusal] of [
      [part(1).subarray(1), [400, 'invalid_request']],
      [Buffer.concat([part(1), Buffer.from('x')]), [413, 'body_too_large']],
      [Buffer.alloc(0), [400, 'invalid_request']],
    ] as const) {
      const { status, body: problem } = await send(1, body);
      expect([status, problem.code]).toEqual(refusal);
    }
    expect((await send(4, part(1))).status).toBe(404);
    expect(
      (await B.call('PUT', `/v1/uploads/${upload.id}/parts/1`, { body: part(1), token: null })).status,
    ).toBe(401);
    const { body } = await complete(upload.id);
    expect((await B.ended(`/v1/imports/${body.id}`)).state).toBe('SUCCESS');
    expect((await readFile(join(b.data, 'archives', 'any-order.tar'))).equals(archive)).toBe(true);
    await B.delete(`/v1/backups/${backup.id}`);
  }, 60_000);

  test('may name another place; a taken name, an unknown place and an id that is here are refused before any byte [U5]', async () => {
    await writeTree(b.path('vault'), { 'taken.tar': 'mine' });
    const taken = await B.post('/v1/uploads', {
      bytes: 9,
      fileName: 'taken.tar',
      backupPath: b.path('vault'),
    });
    expect([taken.status, taken.body.code]).toEqual([409, 'file_exists']);
    const elsewhere = await B.post('/v1/uploads', { bytes: 9, backupPath: '/etc' });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([400, 'place_not_allowed']);
    expect((await B.post('/v1/uploads', { bytes: 0 })).status).toBe(400);
    const imported = await uploadArchive(B, archive, { backupPath: b.path('vault') });
    expect(imported).toMatchObject({ state: 'SUCCESS', backupPath: b.path('vault') });
    expect(existsSync(b.path('vault', `${backup.id}.tar`))).toBe(true);
    const known = await B.post('/v1/uploads', { bytes: 9, backupId: backup.id });
    expect([known.status, known.body.code]).toEqual([409, 'conflict']);
    await B.delete(`/v1/backups/${backup.id}`);
    expect(await readFile(b.path('vault', 'taken.tar'), 'utf8')).toBe('mine');
  }, 60_000);

  test('of a changed, cut, foreign or forged archive fails with its own words, and lists nothing [B8]', async () => {
    const flipped = Buffer.from(archive);
    flipped[10_000_000] = (flipped[10_000_000] ?? 0) ^ 1;
    const damaged = await uploadArchive(B, flipped);
    expect(damaged).toMatchObject({ state: 'FAILED' });
    expect(damaged.shortError).toMatch(/components\/files.*is not what the signed manifest says/);

    const bad = {
      archive_cut: archive.subarray(0, -5000),
      archive_not_recognised: Buffer.alloc(100_000, 'no archive'),
      archive_signature_invalid: forged(archive),
    };
    for (const [code, bytes] of Object.entries(bad))
      expect(await uploadArchive(B, bytes)).toMatchObject({ status: 422, code });
    const announced = await uploadArchive(B, archive, { sha256: 'a'.repeat(64) });
    expect(announced).toMatchObject({ state: 'FAILED', shortError: expect.stringContaining(backup.sha256) });
    expect((await B.get('/v1/backups')).body.total).toBe(0);
    expect(readdirSync(join(b.data, 'archives')).filter((name) => name !== '.holdfast-staging')).toEqual(
      expect.not.arrayContaining([`${backup.id}.tar`]),
    );
  }, 60_000);

  test('of which a part arrived damaged fails, is forgotten, and the same file sent anew is taken [T5]', async () => {
    const request = { sha256: backup.sha256, backupId: backup.id };
    const first = await open(request);
    const flipped = Buffer.from(archive);
    flipped[10_000_000] = (flipped[10_000_000] ?? 0) ^ 1;
    await sendParts(B, first, flipped);
    const { body } = await complete(first.id);
    expect(await B.ended(`/v1/imports/${body.id}`)).toMatchObject({ state: 'FAILED' });
    expect(staged()).not.toContain(first.id);
    const second = await open(request);
    expect(second).toMatchObject({ missing: [1, 2, 3] });
    expect(second.id).not.toBe(first.id);
    await sendParts(B, second, archive);
    const again = await complete(second.id);
    expect((await B.ended(`/v1/imports/${again.body.id}`)).state).toBe('SUCCESS');
    await B.delete(`/v1/backups/${backup.id}`);
    // The end of the file alone also shows that it is no archive.
    const cut = await open({ sha256: 'a'.repeat(64) });
    await sendParts(B, cut, Buffer.alloc(archive.length));
    expect((await complete(cut.id)).body.code).toBe('archive_not_recognised');
    expect((await B.get(`/v1/uploads/${cut.id}`)).status).toBe(404);
  }, 60_000);

  test('takes a part that is sent again in place of the first: it takes no more room', async () => {
    const upload = await open({ fileName: 'again.tar' });
    const pieces = join(b.data, 'archives', '.holdfast-staging', upload.id, 'pieces');
    for (const n of [2, 1, 2, 2, 1, 2]) {
      const part = archive.subarray((n - 1) * upload.partBytes, n * upload.partBytes);
      expect((await B.call('PUT', `/v1/uploads/${upload.id}/parts/${n}`, { body: part })).status).toBe(204);
      expect(statSync(pieces).size).toBe(2 * upload.partBytes);
    }
    expect((await B.delete(`/v1/uploads/${upload.id}`)).status).toBe(204);
  }, 60_000);

  test('is refused at once when it is larger than its parts can bring', async () => {
    for (const bytes of [40 * 1024 ** 4, 50 * 1024 ** 4]) {
      const { status, body } = await B.post('/v1/uploads', { bytes });
      expect([status, body.code]).toEqual([400, 'invalid_request']);
    }
    // No test disk has room for 4 TiB, so the test calls the rule for the size of parts directly.
    const large = await B.post('/v1/uploads', { bytes: 4 * 1024 ** 4, fileName: 'large.tar' });
    expect([large.status, large.body.code]).toEqual([507, 'storage_full']);
    const store = new FolderObjectStore({ folder: b.path('none'), backupPaths: [] });
    expect(partBytesFor({ objects: store }, 4 * 1024 ** 4)).toBeLessThanOrEqual(64 * 1024 * 1024);
  });

  test('is given up on request, and nothing stays', async () => {
    const upload = await open({ fileName: 'given-up.tar' });
    await sendParts(B, upload, archive, 2);
    expect(staged()).toContain(upload.id);
    expect((await B.delete(`/v1/uploads/${upload.id}`)).status).toBe(204);
    expect(staged()).not.toContain(upload.id);
    expect((await B.get(`/v1/uploads/${upload.id}`)).status).toBe(404);
    expect((await complete(upload.id)).status).toBe(404);
  });

  test('waits for its turn while another operation runs: nothing of it is lost [U2] [C9]', async () => {
    await writeSlowFile(b.path('slow', 'file'));
    const upload = await open({ fileName: 'turn.tar' });
    await sendParts(B, upload, archive);
    const { body: slow } = await B.post('/v1/backups', {});
    const refused = await complete(upload.id);
    expect([refused.status, refused.body.code]).toEqual([409, 'operation_running']);
    expect(refused.body.operation.id).toBe(slow.id);
    await B.post(`/v1/operations/${slow.id}/cancel`);
    await B.ended(`/v1/backups/${slow.id}`);
    const { body } = await complete(upload.id);
    expect((await B.ended(`/v1/imports/${body.id}`)).state).toBe('SUCCESS');
    await B.delete(`/v1/backups/${backup.id}`);
  }, 60_000);

  test('that nobody went on with for a day is swept; a live one is not', async () => {
    const [old, live] = [await open({ fileName: 'old.tar' }), await open({ fileName: 'live.tar' })];
    await sendParts(B, old, archive, 1);
    await sendParts(B, live, archive, 1);
    await b.end('SIGTERM');
    const catalog = new SqliteCatalog(join(b.data, 'catalog.db'));
    const record = (await catalog.get('upload', old.id))?.record;
    if (record === undefined) throw new Error('the upload has no record');
    await catalog.commit([
      put('upload', { ...record, expiresAt: new Date(Date.now() - 1000).toISOString() }),
    ]);
    catalog.close();
    await b.startServer();
    B = b.api;
    expect((await B.get(`/v1/uploads/${old.id}`)).status).toBe(404);
    expect(staged()).not.toContain(old.id);
    expect((await B.get(`/v1/uploads/${live.id}`)).body.missing).toEqual([2, 3]);
    expect(staged()).toContain(live.id);
  }, 60_000);

  test('keeps its PARTIAL outcome and its signer, which is judged anew when its key comes', async () => {
    const { bytes, head, signing } = await makeSampleArchive({
      passphrase: 'befit-brakeman-footstep-unclasp',
    });
    await writeFile(b.path('sample.tar'), bytes);
    expect(await uploadArchive(B, bytes)).toMatchObject({ state: 'SUCCESS', signature: 'unknown-signer' });
    const path = `/v1/backups/${head.backupId}`;
    expect((await B.get(path)).body).toMatchObject({
      signature: 'unknown-signer',
      signedBy: signing.verifyKey,
      importedFrom: 'acme',
    });
    const key = await B.post('/v1/verify-keys', { installation: 'acme', publicKey: signing.verifyKey });
    expect((await B.get(path)).body.signature).toBe('trusted');
    expect((await B.delete(`/v1/verify-keys/${key.body.id}`)).status).toBe(204);
    expect((await B.get(path)).body.signature).toBe('unknown-signer');
    const [own] = (await B.get('/v1/verify-keys')).body.resources;
    expect((await B.delete(`/v1/verify-keys/${own.id}`)).body.code).toBe('conflict');
    expect((await B.post('/v1/verify-keys', { installation: 'x', publicKey: 'AAAA' })).status).toBe(400);
  }, 60_000);
});

/** The description in the manifest, changed by somebody without the signing key. */
const forged = (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes);
  const at = changed.lastIndexOf('"completedAt":"20');
  changed.write('21', at + '"completedAt":"'.length);
  return changed;
};
