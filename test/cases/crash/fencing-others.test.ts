/** Late writers of restores, imports, re-seals and verifications. fencing.test.ts has those of backups. */

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { resealBackupSchema, verifyBackupSchema } from '../../../lib/model/requests/backups.ts';
import { createRestoreSchema } from '../../../lib/model/requests/restores.ts';
import { acquireLock } from '../../../lib/operations/engine/acquire-lock.ts';
import { completeOperation } from '../../../lib/operations/engine/complete-operation.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { requestReseal } from '../../../lib/operations/reseal/request-reseal.ts';
import { completeReseal, resealArchive } from '../../../lib/operations/reseal/reseal-archive.ts';
import { completeRestore } from '../../../lib/operations/restore/complete-restore.ts';
import { failComponent } from '../../../lib/operations/restore/component/fail-component.ts';
import { restoreComponent } from '../../../lib/operations/restore/component/restore-component.ts';
import { openArchiveForRestore } from '../../../lib/operations/restore/open-archive.ts';
import { requestRestore } from '../../../lib/operations/restore/request-restore.ts';
import type { TaskContext } from '../../../lib/operations/task/task-context.ts';
import { importArchive } from '../../../lib/operations/transfer/import-archive.ts';
import { requestImport } from '../../../lib/operations/transfer/request-import.ts';
import { requestVerify } from '../../../lib/operations/verify/request-verify.ts';
import { completeVerify } from '../../../lib/operations/verify/verify-backup.ts';
import type { Hold } from '../../../lib/ports/catalog/catalog.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { type Answer, Api } from '../../acceptance/api.ts';
import {
  verifyRequested,
  verifyResealed,
  verifyTrusted,
  verifyUploaded,
} from '../../operations/verify/read-back.ts';
import { administrator } from '../../principals.ts';
import { writeTree } from '../files.ts';
import { downloadArchive, sendParts } from '../transfer/transfers.ts';
import { expectFenceLost } from './fence-lost.ts';

const principal = administrator();
const passphrase = 'befit-brakeman-footstep-unclasp';

let folder: string;
let server: RunningServer;
let api: Api;
let backup: Answer['body'];
/** The server's host without running executions: the test calls their steps. */
let host: OperatingHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-fencing-'));
  await writeTree(join(folder, 'source'), { 'a.txt': 'alpha' });
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      components: [{ id: 'files', kind: 'directory', path: join(folder, 'source') }],
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  const { workflow } = server.host;
  host = {
    ...server.host,
    workflow: {
      start: async () => undefined,
      status: (id) => workflow.status(id),
      stop: (id, reason) => workflow.stop(id, reason),
    },
  };
  api = new Api(server.url, (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim());
  backup = await api.backup({ passphrase });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/**
 * Abandons the operation while its work still runs, as when a lease expires, and gives the lock to another
 * operation.
 */
const givenUp = async ({
  id,
}: {
  id: string;
}): Promise<{ old: Hold; context: TaskContext<OperatingHost> }> => {
  const old = { operationId: id, fence: (await host.catalog.lock()).fence };
  const error = new HoldfastError('interrupted', 'interrupted: given up by the test');
  await endOperation(host, old, { state: 'FAILED', error });
  const request = verifyBackupSchema.parse({});
  const next = await requestVerify(host, principal, backup.id, request);
  expect((await host.catalog.lock()).holder?.id).toBe(next.id);
  const { signal } = new AbortController();
  return { old, context: { host, signal, remainingMilliseconds: () => 900_000 } };
};

/** Fails unless every step is refused and the record and the lock holder stay unchanged. */
const expectRefused = async (
  path: string,
  steps: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> => {
  const before = (await api.get(path)).body;
  const { holder, fence } = await host.catalog.lock();
  await expectFenceLost(steps);
  expect((await api.get(path)).body).toEqual(before);
  expect((await host.catalog.lock()).holder?.id).toBe(holder?.id);
  await endOperation(host, { operationId: holder?.id ?? '', fence }, { state: 'SUCCESS' });
};

test('a late restore writes nothing to its target, and nothing to its record [B2]', async () => {
  const target = join(folder, 'restored');
  const request = createRestoreSchema.parse({ passphrase, targets: { files: target } });
  const { id } = await requestRestore(host, principal, backup.id, request);
  const { old, context } = await givenUp({ id });
  const work = { component: 'files', shard: 0 };
  await expectRefused(`/v1/restores/${id}`, {
    acquireLock: () => acquireLock(context, old),
    openArchive: () => openArchiveForRestore(context, old),
    restoreComponent: () => restoreComponent(context, old, work),
    failComponent: () => failComponent(context, old, work, { Error: 'late', Cause: 'late' }),
    completeRestore: () => completeRestore(context, old),
  });
  expect(existsSync(target)).toBe(false);
});

test('a late import puts nothing in its place [B2]', async () => {
  const archive = await downloadArchive(api, backup.id);
  expect((await api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
  const created = await api.post('/v1/uploads', { bytes: archive.length });
  await sendParts(api, created.body, archive);
  const { id } = await requestImport(host, principal, created.body.id);
  const other = await api.get(`/v1/imports/${id}`);
  expect(other.body.state).toBe('IN_PROGRESS');
  const old = { operationId: id, fence: (await host.catalog.lock()).fence };
  const error = new HoldfastError('interrupted', 'interrupted: given up by the test');
  await endOperation(host, old, { state: 'FAILED', error });
  // The next import takes the same upload; the late one must not store it first.
  const next = await requestImport(host, principal, created.body.id);
  const { signal } = new AbortController();
  const context = { host, signal, remainingMilliseconds: () => 900_000 };
  const place = join(folder, 'data', 'archives', backup.fileName);
  const before = (await api.get(`/v1/imports/${id}`)).body;
  for (const step of [acquireLock, verifyUploaded, importArchive, completeOperation])
    await expect(step(context, old)).rejects.toMatchObject({ code: 'fence_lost' });
  expect((await api.get(`/v1/imports/${id}`)).body).toEqual(before);
  expect(existsSync(place)).toBe(false);
  const hold = { operationId: next.id, fence: (await host.catalog.lock()).fence };
  await verifyUploaded(context, hold);
  await importArchive(context, hold);
  await completeOperation(context, hold);
  expect((await api.get(`/v1/backups/${backup.id}`)).body).toMatchObject({
    state: 'SUCCESS',
    imported: true,
  });
});

test('a late re-seal leaves the archive as it is [B2]', async () => {
  const place = join(folder, 'data', 'archives', backup.fileName);
  const bytes = await readFile(place);
  const request = resealBackupSchema.parse({ passphrase });
  const { id } = await requestReseal(host, principal, backup.id, request);
  const { old, context } = await givenUp({ id });
  await expectRefused(`/v1/reseals/${id}`, {
    acquireLock: () => acquireLock(context, old),
    resealArchive: () => resealArchive(context, old),
    verifyResealed: () => verifyResealed(context, old),
    verifyTrusted: () => verifyTrusted(context, old),
    completeReseal: () => completeReseal(context, old),
  });
  expect((await readFile(place)).equals(bytes)).toBe(true);
});

test('a late verification says nothing of the backup [B2]', async () => {
  const { id } = await requestVerify(host, principal, backup.id, verifyBackupSchema.parse({}));
  const { verifiedAt } = (await api.get(`/v1/backups/${backup.id}`)).body;
  const { old, context } = await givenUp({ id });
  await expectRefused(`/v1/verifications/${id}`, {
    acquireLock: () => acquireLock(context, old),
    verifyRequested: () => verifyRequested(context, old),
    completeVerify: () => completeVerify(context, old),
  });
  expect((await api.get(`/v1/backups/${backup.id}`)).body.verifiedAt).toBe(verifiedAt);
});
