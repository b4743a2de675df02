import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SqliteCatalog } from '../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import type { CapturePlan } from '../../../lib/model/records/capture.ts';
import { nameTasks, takeWork } from '../../../lib/operations/backup/capture/capture-work.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { sampleOperation } from '../../contract/sample-records.ts';

const newFolder = temporaryFolders();

const withHold = async () => {
  const catalog = new SqliteCatalog(join(await newFolder(), 'catalog.db'));
  const operation = sampleOperation();
  const hold = await catalog.take({ operation, leaseUntil: new Date().toISOString() }, []);
  return { host: { catalog }, hold };
};

describe('the work of a backup', () => {
  test('of more tasks than a workflow holds is refused, with what to do', () => {
    const many = Array.from(
      { length: 200 },
      (_, n): CapturePlan => ({
        backupId: 'a',
        component: `component-${n}`,
        state: 'PLANNED',
        cursor: null,
        shards: 64,
        expectedBytes: null,
      }),
    );
    expect(() => nameTasks(many)).toThrow(/12800 tasks.*holds about \d{4} .*several schedules/);
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
