/** Archives too large for one task to verify: the state machines give each member to a separate task. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { Api } from '../../acceptance/api.ts';
import { writeTree } from '../files.ts';
import { downloadArchive, reseal, uploadArchive } from '../transfer/transfers.ts';

let folder: string;
let server: RunningServer;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-ranges-'));
  await writeTree(join(folder, 'source'), { 'a.txt': 'alpha', 'b/c.txt': 'gamma' });
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      components: [{ id: 'files', kind: 'directory', path: join(folder, 'source') }],
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  Object.assign(server.host, { verifyBytes: 1 });
  api = new Api(server.url, (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim());
}, 60_000);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test('a backup, its verifications, its re-seal and its import are verified by many tasks [B6] [B8]', async () => {
  const backup = await api.backup();
  expect(backup).toMatchObject({ state: 'SUCCESS', sha256: '', verifiedAt: expect.any(String) });
  for (const request of [{}, { deep: true }, { subset: '2/3' }]) {
    const { body } = await api.post(`/v1/backups/${backup.id}/verify`, request);
    expect(await api.ended(`/v1/verifications/${body.id}`)).toMatchObject({ state: 'SUCCESS' });
  }
  const { body: key } = await api.post('/v1/keys', {});
  expect(await reseal(api, backup.id, { keyId: key.id })).toMatchObject({ state: 'SUCCESS', sha256: '' });
  const resealed = (await api.get(`/v1/backups/${backup.id}`)).body;
  expect(resealed).toMatchObject({ sha256: '', verifiedAt: expect.any(String) });

  const bytes = await downloadArchive(api, backup.id);
  expect((await api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
  const announced = { sha256: createHash('sha256').update(bytes).digest('hex') };
  expect(await uploadArchive(api, bytes, announced)).toMatchObject({ state: 'SUCCESS', sha256: '' });
  expect((await api.get(`/v1/backups/${backup.id}`)).body).toMatchObject({
    state: 'SUCCESS',
    imported: true,
  });
}, 120_000);

test('a byte that was changed fails the verification by the archive’s own code [B8]', async () => {
  const backup = await api.backup();
  const file = join(folder, 'data', 'archives', backup.fileName);
  const bytes = await readFile(file);
  const at = bytes.indexOf('age-encryption.org/v1', bytes.indexOf('components/files/'));
  await writeFile(file, Buffer.from(bytes).fill('x', at + 300, at + 310));
  const { body } = await api.post(`/v1/backups/${backup.id}/verify`, {});
  expect(await api.ended(`/v1/verifications/${body.id}`)).toMatchObject({
    state: 'FAILED',
    errorCode: 'archive_damaged',
  });
  expect((await api.get(`/v1/backups/${backup.id}`)).body.failedVerification).toMatchObject({
    errorCode: 'archive_damaged',
  });
}, 60_000);

test('an upload of which a byte was changed on its way is forgotten, and taken anew [T4]', async () => {
  const backup = await api.backup();
  const bytes = await downloadArchive(api, backup.id);
  expect((await api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
  const at = bytes.indexOf('age-encryption.org/v1', bytes.indexOf('components/files/'));
  const announced = { sha256: createHash('sha256').update(bytes).digest('hex') };
  expect(await uploadArchive(api, Buffer.from(bytes).fill('x', at + 300, at + 310), announced)).toMatchObject(
    {
      state: 'FAILED',
      errorCode: 'archive_damaged',
    },
  );
  expect((await api.get('/v1/uploads')).body.resources ?? []).toEqual([]);
  expect(await uploadArchive(api, bytes, announced)).toMatchObject({ state: 'SUCCESS' });
}, 60_000);
