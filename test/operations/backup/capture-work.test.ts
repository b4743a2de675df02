import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SqliteCatalog } from '../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import type { CapturePlan, CaptureSummary } from '../../../lib/model/records/capture.ts';
import {
  firstList,
  MAX_LIST_BYTES,
  openTasks,
  takeWork,
} from '../../../lib/operations/backup/capture/capture-work.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { sampleOperation } from '../../contract/sample-records.ts';

const newFolder = temporaryFolders();

const withHold = async () => {
  const catalog = new SqliteCatalog(join(await newFolder(), 'catalog.db'));
  const operation = sampleOperation();
  const hold = await catalog.take({ operation, leaseUntil: new Date().toISOString() }, []);
  return { host: { catalog }, hold };
};

const planOf = (component: string, tasks: number): CapturePlan => ({
  ...{ backupId: 'a', component, state: 'PLANNED', cursor: null, expectedBytes: null },
  tasks: Array.from({ length: tasks }, (_, shard) => shard),
});
const summaryOf = (component: string, shard: number, state: CaptureSummary['state']): CaptureSummary => ({
  ...{ backupId: 'a', component, shard, state, kind: 's3', capturedAt: '2026-12-01T03:00:00.000Z' },
  ...{ sourceBytes: 0, entries: 0, details: {}, shortError: '', skippedCount: 0, skipped: [] },
});

describe('the work of a backup', () => {
  test('of more tasks than a workflow’s state holds is named list after list, until every task is at its end [B6]', () => {
    const plans = Array.from({ length: 200 }, (_, n) => planOf(`component-${n}`.padEnd(63, 'x'), 64));
    const summaries: CaptureSummary[] = [];
    const named: string[] = [];
    for (;;) {
      const tasks = firstList(openTasks(plans, summaries));
      if (tasks.length === 0) break;
      expect(JSON.stringify(tasks).length).toBeLessThanOrEqual(MAX_LIST_BYTES + 2);
      for (const { component, shard } of tasks) {
        named.push(`${component}/${shard}`);
        summaries.push(summaryOf(component, shard, 'SUCCESS'));
      }
    }
    expect(named).toEqual(
      plans.flatMap(({ component, tasks }) => tasks.map((shard) => `${component}/${shard}`)),
    );
  });

  test('is named again where a task is not at its end, and left out where its component has failed', () => {
    const plans = [planOf('one', 3), planOf('two', 2), planOf('three', 0)];
    const summaries = [
      summaryOf('one', 0, 'SUCCESS'),
      summaryOf('one', 1, 'IN_PROGRESS'),
      summaryOf('two', 0, 'FAILED'),
    ];
    expect(openTasks(plans, summaries)).toEqual([
      { component: 'one', shard: 1 },
      { component: 'one', shard: 2 },
    ]);
  });

  test.each([
    ['backup', 'CaptureComponents', 'Captured'],
    ['restore', 'RestoreComponents', 'Restored'],
  ])(
    'comes back from no task of a %s: what all of them hand back must fit the state too',
    async (kind, map, end) => {
      const { States } = JSON.parse(await readFile(`statemachines/${kind}.asl.json`, 'utf8'));
      expect(States[map].ItemProcessor.States[end]).toMatchObject({ Type: 'Succeed', OutputPath: null });
    },
  );

  test.each([
    ['backup', 'CaptureComponents', 'Capture'],
    ['restore', 'RestoreComponents', 'RestoreComponent'],
  ])(
    'goes on where it was, in a %s, when a function ran out of time or of memory [B6]',
    async (kind, map, task) => {
      const { States } = JSON.parse(await readFile(`statemachines/${kind}.asl.json`, 'utf8'));
      const { Retry } = States[map].ItemProcessor.States[task];
      const tried: string[] = Retry.flatMap(({ ErrorEquals }: { ErrorEquals: string[] }) => ErrorEquals);
      expect(tried).toEqual(
        expect.arrayContaining(['Sandbox.Timedout', 'Runtime.OutOfMemory', 'Lambda.Unknown']),
      );
    },
  );

  test('is gone with its backup: a late task ends', async () => {
    const { host, hold } = await withHold();
    await expect(takeWork(host, hold, { component: 'one', shard: 0 })).rejects.toMatchObject({
      code: 'fence_lost',
    });
    host.catalog.close();
  });
});
