import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BackupRecord } from '../../../lib/model/records/backup.ts';
import { acquireLock } from '../../../lib/operations/engine/acquire-lock.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import { failOperation } from '../../../lib/operations/engine/fail-operation.ts';
import { freeAbandonedLock } from '../../../lib/operations/engine/free-abandoned-lock.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { sweep } from '../../../lib/operations/upkeep/sweep.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import type { ExecutionStatus } from '../../../lib/ports/workflow-engine.ts';
import { StepwiseHost } from '../stepwise-host.ts';

const MINUTE = 60_000;

let here: StepwiseHost;
let host: OperatingHost;
beforeEach(async () => {
  here = await StepwiseHost.open();
  ({ host } = here);
});
afterEach(() => here.close());

const holder = async (): Promise<string | undefined> => (await host.catalog.lock()).holder?.id;
const expectEnded = async ({ id, fileName }: BackupRecord, why: string): Promise<void> => {
  expect(await here.show(id)).toMatchObject({
    state: 'FAILED',
    shortError: expect.stringContaining(`interrupted: ${why}`),
    archiveBytes: 0,
  });
  expect(existsSync(join(here.archives, fileName))).toBe(false);
  expect(await host.objects.uploads()).toEqual([]);
  const { records } = await host.catalog.list('event');
  expect(records.filter(({ operationId }) => operationId === id)).toMatchObject([{ type: 'backup.failed' }]);
};

describe('a contender', () => {
  test.each(['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED'] as const)(
    'who finds that the execution of the holder has ended as %s ends the operation and takes the lock [B1] [C9]',
    async (status: ExecutionStatus) => {
      const dead = await here.request();
      await here.run('seal');
      here.workflow.executions.set(dead.id, status);
      const next = await here.request();
      await expectEnded(dead, `its workflow ended as ${status}`);
      expect(await holder()).toBe(next.id);
      await here.run('complete');
      expect((await here.show(next.id)).state).toBe('SUCCESS');
    },
  );

  test('is refused while the execution of the holder runs [U2]', async () => {
    const running = await here.request();
    await expect(here.request()).rejects.toMatchObject({
      code: 'operation_running',
      details: { operation: { id: running.id } },
    });
    expect((await here.show(running.id)).state).toBe('IN_PROGRESS');
  });

  test('takes the lock of an operation whose execution was never started, but not within its first seconds [B1]', async () => {
    here.workflow.starts = false;
    const lost = await here.request();
    here.workflow.starts = true;
    await expect(here.request()).rejects.toMatchObject({ code: 'operation_running' });
    here.pass(31_000);
    const next = await here.request();
    await expectEnded(lost, 'its workflow was never started');
    expect(await holder()).toBe(next.id);
  });

  test('takes the lock at the end of the lease, though the execution says that it runs; that one is stopped [B1] [B2]', async () => {
    const silent = await here.request();
    await here.run('plan');
    const hold = await here.hold();
    here.pass(19 * MINUTE);
    await expect(here.request()).rejects.toMatchObject({ code: 'operation_running' });
    here.pass(2 * MINUTE);
    const next = await here.request();
    await expectEnded(silent, 'its lease was not renewed in time');
    expect(await host.workflow.status(silent.id)).toBe('ABORTED');
    expect(await holder()).toBe(next.id);
    await expect(acquireLock(here.context(), hold)).rejects.toMatchObject({ code: 'fence_lost' });
  });
});

test('the record of an operation that somebody stopped says what he wrote for a cause [B2]', async () => {
  const { id } = await here.request();
  await here.run('plan');
  here.workflow.executions.set(id, 'ABORTED');
  await freeAbandonedLock(host, { told: { operationId: 'another', cause: 'not this one' } });
  expect((await host.catalog.get('backup', id))?.record.shortError).toContain('ABORTED without a message');
  const second = await here.request();
  here.workflow.executions.set(second.id, 'ABORTED');
  await freeAbandonedLock(host, { told: { operationId: second.id, cause: 'disk is replaced\u001b[31m' } });
  expect((await host.catalog.get('backup', second.id))?.record.shortError).toContain(
    'its workflow ended as ABORTED (disk is replaced\\x1b[31m)',
  );
});

describe('an execution that was started by hand with the input of a running operation [B2]', () => {
  test('is refused, and its failure does not end the operation', async () => {
    const { id } = await here.request();
    const hold = await here.hold();
    await here.run('plan');
    await expect(acquireLock(here.context(), hold, 'by-hand')).rejects.toMatchObject({
      code: 'fence_lost',
      message: expect.stringContaining(`the execution by-hand does not belong to operation ${id}`),
    });
    await failOperation(here.context(), hold, { Error: 'HoldfastError', Cause: '' }, 'by-hand');
    expect(await holder()).toBe(id);
    await acquireLock(here.context(), hold, id);
    await here.run('complete');
    expect((await host.catalog.get('backup', id))?.record.state).toBe('SUCCESS');
  });
});

describe('the lease', () => {
  test('is prolonged by the work [B1]', async () => {
    const { id } = await here.request();
    here.pass(15 * MINUTE);
    await here.run('capture');
    here.pass(15 * MINUTE);
    expect(await freeAbandonedLock(host)).toBe(false);
    await here.run('complete');
    expect((await here.show(id)).state).toBe('SUCCESS');
  });
});

describe('the sweep', () => {
  test('ends an operation whose execution is dead, frees the lock, and tells it [B1]', async () => {
    const dead = await here.request();
    await here.run('capture');
    here.workflow.executions.set(dead.id, 'FAILED');
    await sweep(host);
    expect(await here.show(dead.id)).toMatchObject({ state: 'FAILED' });
    expect(await holder()).toBeUndefined();
    expect(await host.objects.uploads()).toEqual([]);
    for (const kind of ['captureGroup', 'captureSummary', 'captureWork', 'logChunk'] as const)
      expect((await host.catalog.list(kind, { group: dead.id })).total).toBe(0);
    for (const kind of ['run', 'sealedKey', 'event'] as const)
      expect((await host.catalog.list(kind)).total).toBe(0);
  });

  test('leaves an operation alone that runs [B1]', async () => {
    const { id } = await here.request();
    await here.run('capture');
    await sweep(host);
    expect(await holder()).toBe(id);
    await here.run('complete');
    expect((await here.show(id)).state).toBe('SUCCESS');
  });
});

describe('the lock of an operation whose record is gone', () => {
  test('comes free, and what it has left is swept up [B1]', async () => {
    const { id } = await here.request();
    await here.run('capture');
    const hold = await here.hold();
    await host.catalog.commit([{ remove: 'backup', id }]);
    await endOperation(host, hold, { state: 'FAILED' });
    expect(await holder()).toBeUndefined();
    expect((await host.catalog.list('event')).total).toBe(0);
    await sweep(host);
    expect(await host.objects.uploads()).toEqual([]);
    expect((await host.catalog.list('captureGroup', { group: id })).total).toBe(0);
    expect((await here.backup()).state).toBe('SUCCESS');
  });
});

describe('a record in a final state', () => {
  test('keeps it, whoever finds the lock still held: only that comes free [B1] [B3]', async () => {
    const done = await here.backup();
    const operation = { id: done.id, kind: 'backup' as const, backupId: done.id, startedAt: done.createdAt };
    const events = (await host.catalog.list('event')).total;
    for (const end of [
      () => freeAbandonedLock(host),
      () => sweep(host),
      async () => failOperation(here.context(), await here.hold(), { Error: 'HoldfastError', Cause: 'late' }),
      async () => endOperation(host, await here.hold(), { state: 'CANCELLED' }),
    ]) {
      await host.catalog.take({ operation, leaseUntil: done.createdAt }, [put('backup', done)]);
      await end();
      expect(await here.show(done.id)).toEqual(done);
      expect(await holder()).toBeUndefined();
    }
    expect((await host.catalog.list('event')).total).toBeLessThanOrEqual(events);
    expect(readdirSync(here.archives)).toEqual([done.fileName]);
  });
});
