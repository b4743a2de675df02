import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { capture } from '../../../lib/operations/backup/capture/capture-task.ts';
import { completeBackup } from '../../../lib/operations/backup/complete-backup.ts';
import { planBackup } from '../../../lib/operations/backup/plan-backup.ts';
import { sealArchive } from '../../../lib/operations/backup/seal-archive.ts';
import { acquireLock } from '../../../lib/operations/engine/acquire-lock.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import { failOperation } from '../../../lib/operations/engine/fail-operation.ts';
import { completeRestore } from '../../../lib/operations/restore/complete-restore.ts';
import { restoreComponent } from '../../../lib/operations/restore/component/restore-component.ts';
import { openArchiveForRestore } from '../../../lib/operations/restore/open-archive.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { Api } from '../../acceptance/api.ts';
import { verifySealed } from '../../operations/verify/read-back.ts';
import { writeSlowFile, writeTree } from '../files.ts';
import { expectFenceLost } from './fence-lost.ts';

let folder: string;
let server: RunningServer;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-fencing-'));
  await writeSlowFile(join(folder, 'slow', 'zeros'));
  await writeTree(join(folder, 'small'), { 'a.txt': 'alpha' });
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      components: [
        { id: 'slow', kind: 'directory', path: join(folder, 'slow') },
        { id: 'small', kind: 'directory', path: join(folder, 'small') },
      ],
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  api = new Api(server.url, (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim());
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test('a late writer of an older operation changes nothing, at no step of its workflow [B2]', async () => {
  const { host } = server;
  const first = (await api.post('/v1/backups', { components: ['slow'] })).body;
  const { fence } = await host.catalog.lock();
  const old = { operationId: first.id, fence };
  // The first backup is abandoned while its work still runs, as when a lease expires; then the second starts.
  await endOperation(host, old, {
    state: 'FAILED',
    error: new HoldfastError('interrupted', 'interrupted: given up by the test'),
  });
  const second = (await api.post('/v1/backups', { components: ['slow'] })).body;
  const before = (await api.get(`/v1/backups/${first.id}`)).body;

  const context = { host, signal: new AbortController().signal, remainingMilliseconds: () => 900_000 };
  const work = { component: 'slow', shard: 0, shards: 1, work: null };
  const steps: Record<string, () => Promise<unknown>> = {
    acquireLock: () => acquireLock(context, old),
    planBackup: () => planBackup(context, old),
    capture: () => capture(context, old, work),
    sealArchive: () => sealArchive(context, old),
    verifySealed: () => verifySealed(context, old),
    completeBackup: () => completeBackup(context, old),
    endOperation: () => endOperation(host, old, { state: 'SUCCESS' }),
  };
  await expectFenceLost(steps);
  // The failure path of a late workflow changes nothing.
  await failOperation(context, old, { Error: 'HoldfastError', Cause: 'late' });

  expect((await api.get(`/v1/backups/${first.id}`)).body).toEqual(before);
  expect((await host.catalog.lock()).holder?.id).toBe(second.id);
  await api.post(`/v1/operations/${second.id}/cancel`);
  expect((await api.ended(`/v1/backups/${second.id}`)).state).toBe('CANCELLED');
});

test('a late writer of an older restore changes nothing, at no step of its workflow [B2]', async () => {
  const { host } = server;
  const backup = await api.backup({ components: ['small'] });
  const target = join(folder, 'restored');
  const path = `/v1/backups/${backup.id}/restores`;
  // The workflow stops at once; the steps below are those of a worker that does not know it yet.
  const first = (await api.post(path, { targets: { small: target } })).body;
  const { fence } = await host.catalog.lock();
  const old = { operationId: first.id, fence };
  await host.workflow.stop(first.id, 'by the test');
  await api.ended(`/v1/restores/${first.id}`);
  await rm(target, { recursive: true, force: true });
  const second = (await api.post('/v1/backups', { components: ['slow'] })).body;
  const before = (await api.get(`/v1/restores/${first.id}`)).body;

  const context = { host, signal: new AbortController().signal, remainingMilliseconds: () => 900_000 };
  const steps: Record<string, () => Promise<unknown>> = {
    acquireLock: () => acquireLock(context, old),
    openArchive: () => openArchiveForRestore(context, old),
    restoreComponent: () => restoreComponent(context, old, { component: 'small', shard: 0 }),
    completeRestore: () => completeRestore(context, old),
    endOperation: () => endOperation(host, old, { state: 'SUCCESS' }),
  };
  await expectFenceLost(steps);
  await failOperation(context, old, { Error: 'HoldfastError', Cause: 'late' });

  expect((await api.get(`/v1/restores/${first.id}`)).body).toEqual(before);
  expect(existsSync(target)).toBe(false);
  expect((await host.catalog.lock()).holder?.id).toBe(second.id);
  await api.post(`/v1/operations/${second.id}/cancel`);
  expect((await api.ended(`/v1/backups/${second.id}`)).state).toBe('CANCELLED');
});
