import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../acceptance/api.ts';
import { differences, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { downloadArchive, reseal, sendParts, uploadArchive } from '../transfer/transfers.ts';

const ROUNDS = Number(process.env.HOLDFAST_CRASH_ROUNDS ?? 6);
const seed = Number(process.env.HOLDFAST_SEED ?? Date.now() % 1_000_000);

let here: Installation;
let backup: Answer['body'];
const keys: string[] = [];

beforeAll(async () => {
  console.info(`transfer crash test: HOLDFAST_SEED=${seed} HOLDFAST_CRASH_ROUNDS=${ROUNDS}`);
  here = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  await writeTree(here.path('source'), { large: randomBytes(60_000_000), 'a.txt': 'alpha' });
  backup = await here.api.backup();
  for (let n = 0; n < 2; n++) keys.push((await here.api.post('/v1/keys', {})).body.id);
}, 60_000);
afterAll(() => here.close());

/** A linear congruential generator: the same seed gives the same waits. */
const random = (() => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
})();

const archiveFile = (): string => join(here.data, 'archives', backup.fileName);
const sha256Of = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
const staged = (): string[] => {
  const folder = join(here.data, 'archives', '.holdfast-staging');
  return existsSync(folder) ? readdirSync(folder) : [];
};
const killAfter = async (milliseconds: number): Promise<void> => {
  await pause(milliseconds);
  await here.end('SIGKILL');
  await here.startServer();
};
const show = async (): Promise<Answer['body']> => (await here.api.get(`/v1/backups/${backup.id}`)).body;

describe('killed at any moment', () => {
  test('of a re-seal, the archive is the old one or the new one, whole and usable, and its record says which [B1] [B10]', async () => {
    const begun = Date.now();
    expect(await reseal(here.api, backup.id, { keyId: keys[0] })).toMatchObject({ state: 'SUCCESS' });
    const wholeRun = Date.now() - begun;
    let current = keys[0];
    const outcomes: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const next = keys.find((key) => key !== current);
      const { status, body } = await here.api.post(`/v1/backups/${backup.id}/reseal`, { keyId: next });
      expect(status).toBe(202);
      await killAfter(random() * wholeRun);
      const ended = await here.api.ended(`/v1/reseals/${body.id}`, 10);
      const record = await show();
      outcomes.push(`${ended.state}, ${record.encryption.keyId === next ? 'new' : 'old'} key`);
      expect([current, next]).toContain(record.encryption.keyId);
      if (ended.state === 'SUCCESS') expect(record.encryption.keyId).toBe(next);
      else expect(ended.shortError).toContain('interrupted');
      expect(staged()).toEqual([]);
      // Verifies every byte with the key that the record names.
      const verify = await here.api.post(`/v1/backups/${backup.id}/verify`, { deep: true });
      expect(verify.status).toBe(202);
      expect(await here.api.ended(`/v1/verifications/${verify.body.id}`)).toMatchObject({ state: 'SUCCESS' });
      const verified = await show();
      expect(verified.sha256).toBe(await sha256Of(archiveFile()));
      expect((await here.api.post(`/v1/backups/${backup.id}/download`)).body.sha256).toBe(verified.sha256);
      current = record.encryption.keyId;
    }
    console.info(`re-seals of ${wholeRun} ms, killed: ${outcomes.join('; ')}`);
    expect((await here.api.restore(backup.id, { targets: { files: here.path('resealed') } })).state).toBe(
      'SUCCESS',
    );
    expect(differences(here.path('source'), here.path('resealed'))).toBe('');
  }, 180_000);

  test('of an import, there is a whole backup or none, and the upload can be completed again [B1]', async () => {
    const archive = await downloadArchive(here.api, backup.id);
    const record = await show();
    expect((await here.api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
    const begun = Date.now();
    const upload = async () => {
      const { body } = await here.api.post('/v1/uploads', { bytes: archive.length, sha256: record.sha256 });
      await sendParts(here.api, body, archive);
      return body.id;
    };
    expect(await uploadArchive(here.api, archive)).toMatchObject({ state: 'SUCCESS' });
    const wholeRun = (Date.now() - begun) / 2;
    expect((await here.api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
    let id = await upload();
    const outcomes: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { status, body } = await here.api.post(`/v1/uploads/${id}/complete`);
      expect(status).toBe(202);
      await killAfter(random() * wholeRun);
      const ended = await here.api.ended(`/v1/imports/${body.id}`, 10);
      outcomes.push(ended.state);
      if (ended.state === 'SUCCESS') {
        expect(await show()).toMatchObject({ state: 'SUCCESS', imported: true, sha256: record.sha256 });
        expect(await sha256Of(archiveFile())).toBe(record.sha256);
        expect(staged()).toEqual([]);
        expect((await here.api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
        id = await upload();
      } else {
        expect(ended.shortError).toContain('interrupted');
        expect((await here.api.get(`/v1/backups/${backup.id}`)).status).toBe(404);
        expect(existsSync(archiveFile())).toBe(false);
        expect((await here.api.get(`/v1/uploads/${id}`)).body.missing).toEqual([]);
      }
    }
    console.info(`imports of ${wholeRun} ms, killed: ${outcomes.join('; ')}`);
    const { body } = await here.api.post(`/v1/uploads/${id}/complete`);
    expect(await here.api.ended(`/v1/imports/${body.id}`)).toMatchObject({ state: 'SUCCESS' });
    await rm(here.path('imported'), { recursive: true, force: true });
    expect((await here.api.restore(backup.id, { targets: { files: here.path('imported') } })).state).toBe(
      'SUCCESS',
    );
    expect(differences(here.path('source'), here.path('imported'))).toBe('');
  }, 180_000);

  test('of an upload, the parts that came are there, and the rest can follow [B1]', async () => {
    const archive = await downloadArchive(here.api, backup.id);
    expect((await here.api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
    const request = { bytes: archive.length, sha256: createHash('sha256').update(archive).digest('hex') };
    const { body: upload } = await here.api.post('/v1/uploads', request);
    let missing: number[] = upload.missing;
    for (let round = 0; round < ROUNDS && missing.length > 1; round++) {
      const sending = sendParts(here.api, { ...upload, missing }, archive, 3).catch(() => undefined);
      await killAfter(random() * 150);
      await sending;
      const now = (await here.api.post('/v1/uploads', request)).body;
      expect(now.id).toBe(upload.id);
      expect(missing).toEqual(expect.arrayContaining(now.missing));
      missing = now.missing;
    }
    await sendParts(here.api, { ...upload, missing }, archive);
    const { body } = await here.api.post(`/v1/uploads/${upload.id}/complete`);
    expect(await here.api.ended(`/v1/imports/${body.id}`)).toMatchObject({ state: 'SUCCESS' });
    expect(await sha256Of(archiveFile())).toBe(request.sha256);
  }, 120_000);
});

describe('cancelled [B9]', () => {
  const cancel = async (operationId: string): Promise<void> => {
    await pause(random() * 200);
    const { status } = await here.api.post(`/v1/operations/${operationId}/cancel`);
    // The upload may have completed before the kill.
    expect([202, 404]).toContain(status);
  };

  test('a re-seal leaves an archive that opens with the key its record names', async () => {
    for (let round = 0; round < 3; round++) {
      const { body } = await here.api.post(`/v1/backups/${backup.id}/reseal`, { keyId: keys[round % 2] });
      if (body.code === 'conflict') continue;
      await cancel(body.id);
      const ended = await here.api.ended(`/v1/reseals/${body.id}`);
      expect(['CANCELLED', 'SUCCESS']).toContain(ended.state);
      const verify = await here.api.post(`/v1/backups/${backup.id}/verify`, { deep: true });
      expect(await here.api.ended(`/v1/verifications/${verify.body.id}`)).toMatchObject({ state: 'SUCCESS' });
      expect(staged()).toEqual([]);
    }
  }, 60_000);

  test('an import leaves no backup; its upload can be completed, or was given up with the archive', async () => {
    const archive = await downloadArchive(here.api, backup.id);
    expect((await here.api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
    const { body: upload } = await here.api.post('/v1/uploads', { bytes: archive.length });
    await sendParts(here.api, upload, archive);
    const { body } = await here.api.post(`/v1/uploads/${upload.id}/complete`);
    await cancel(body.id);
    const ended = await here.api.ended(`/v1/imports/${body.id}`);
    expect(['CANCELLED', 'SUCCESS']).toContain(ended.state);
    if (ended.state === 'CANCELLED') {
      expect(existsSync(archiveFile())).toBe(false);
      expect((await here.api.get(`/v1/backups/${backup.id}`)).status).toBe(404);
      const left = await here.api.get(`/v1/uploads/${upload.id}`);
      if (left.status === 200) {
        const { body: again } = await here.api.post(`/v1/uploads/${upload.id}/complete`);
        expect(await here.api.ended(`/v1/imports/${again.id}`)).toMatchObject({ state: 'SUCCESS' });
      } else expect(await uploadArchive(here.api, archive)).toMatchObject({ state: 'SUCCESS' });
    }
    expect((await show()).state).toBe('SUCCESS');
  }, 60_000);
});
