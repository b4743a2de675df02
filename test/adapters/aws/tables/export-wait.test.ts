/** The workflow, not a function, waits for a running export (row 13 of the review). */
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../../lib/adapters/any/json-logger.ts';
import { extractEntries } from '../../../../lib/archive/extract/extract-entries.ts';
import { dynamodb } from '../../../../lib/components/dynamodb/dynamodb.ts';
import { readDefinition } from '../../../../lib/infra/functions/state-machines.ts';
import { LocalWorkflowEngine } from '../../../../lib/runtimes/server/workflow/local-workflow-engine.ts';
import { eventually } from '../../../contract/eventually.ts';
import { captureArchive, pool } from '../kind-round-trip.ts';
import { type StubbedTables, startStubbedTables, tableSettings } from './stubbed-table.ts';

let started: StubbedTables | undefined;
afterEach(() => started?.close());
afterAll(() => pool.close());

const made = {
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
};
const items = Array.from({ length: 30 }, (_, n) => ({ id: { S: String(n).padStart(3, '0') } }));

test('a call asks once whether the export is there, and ends when it is not; the one after has all of it [B6]', async () => {
  const here = await startStubbedTables();
  started = here;
  here.dynamodb.table('orders', made, items).pointInTimeRecovery = true;
  here.dynamodb.onExport = (each) => {
    each.status = 'IN_PROGRESS';
    const lines = items.map((item) => `{"Item":${JSON.stringify(item)}}\n`);
    here.s3.put('exports', 'data.json', lines.join(''));
    here.s3.put('exports', 'files.json', '{"itemCount":30,"dataFileS3Key":"data.json"}');
    here.s3.put('exports', each.manifest, '{"manifestFilesS3Key":"files.json","itemCount":30}');
  };
  const asked = () => here.stub.calls.filter((call) => call.includes('DescribeExport')).length;
  const archive = await captureArchive(
    dynamodb,
    tableSettings('orders'),
    { tables: here.tables },
    {
      between: async (calls) => {
        expect(asked()).toBe(calls);
        if (calls === 3) for (const each of here.dynamodb.exports.values()) each.status = 'COMPLETED';
      },
    },
  );
  expect(archive).toMatchObject({ calls: 4, details: { method: 'export', 'items/0': 30 } });
  let bytes = 0;
  for await (const { content } of extractEntries({ ...archive, component: 'orders', pool }))
    for await (const piece of content) bytes += piece.length;
  expect(bytes).toBeGreaterThan(0);
});

test('an export that fails while it is waited for fails the component', async () => {
  const here = await startStubbedTables();
  started = here;
  here.dynamodb.table('orders', made, items).pointInTimeRecovery = true;
  here.dynamodb.onExport = (each) => {
    each.status = 'IN_PROGRESS';
  };
  const capturing = captureArchive(
    dynamodb,
    tableSettings('orders'),
    { tables: here.tables },
    {
      between: async () => {
        for (const each of here.dynamodb.exports.values()) each.status = 'FAILED';
      },
    },
  );
  await expect(capturing).rejects.toMatchObject({ code: 'component_failed' });
});

test('the workflow of a backup waits between two calls of a capture that waits, and goes on at once after others', async () => {
  const text = readDefinition('backup');
  expect(JSON.parse(text).States.CaptureComponents.ItemProcessor.States.AwaitSource).toMatchObject({
    ...{ Type: 'Wait', Seconds: 60, Next: 'Capture' },
  });
  const definition = JSON.parse(text.replace('"Seconds": 60', '"Seconds": 1'));
  const at: number[] = [];
  const answers = [
    { done: false },
    { done: false, waits: true },
    { done: false, waits: false },
    { done: true },
  ];
  const ends: string[] = [];
  const engine = new LocalWorkflowEngine({
    definitions: new Map([['backup', definition]]),
    log: new JsonLogger({ write: () => undefined }),
    onEnd: ({ status }) => ends.push(status),
    invoke: async (resource) => {
      if (resource.includes('PlanBackup'))
        return { done: at.length > 0, planned: true, tasks: [{ component: 'orders', shard: 0 }] };
      if (resource.includes('VerifyArchive')) return { tasks: [] };
      if (!resource.includes('Capture')) return { done: true };
      at.push(performance.now());
      return answers[at.length - 1];
    },
  });
  await engine.start('backup', { operationId: 'backup-1', fence: 1 });
  await eventually('it ends', () => ends[0], 60_000);
  expect(ends).toEqual(['SUCCEEDED']);
  expect(at).toHaveLength(4);
  expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(950);
  await engine.close();
}, 90_000);
