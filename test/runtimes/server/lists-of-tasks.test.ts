/** A backup's workflow on the local engine, with functions whose answers the test gives. */
import { expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { readDefinition } from '../../../lib/infra/functions/state-machines.ts';
import { LocalWorkflowEngine } from '../../../lib/runtimes/server/workflow/local-workflow-engine.ts';
import { eventually } from '../../contract/eventually.ts';

test('a backup is planned call after call, and captured list after list, and then sealed [B6]', async () => {
  const task = (shard: number) => ({ component: 'files', shard });
  const plans = [
    { done: false, planned: false, tasks: [] },
    { done: false, planned: false, tasks: [] },
    { done: false, planned: true, tasks: [task(0), task(1)] },
    { done: false, planned: true, tasks: [task(2)] },
    { done: true, planned: true, tasks: [] },
  ];
  const calls: string[] = [];
  const ends: string[] = [];
  const engine = new LocalWorkflowEngine({
    definitions: new Map([['backup', JSON.parse(readDefinition('backup'))]]),
    log: new JsonLogger({ write: () => undefined }),
    onEnd: ({ status }) => ends.push(status),
    invoke: async (resource, payload) => {
      const [, name = ''] = /^\$\{(\w+)FunctionArn\}$/.exec(resource) ?? [];
      const { work } = payload as { work?: { shard: number } };
      calls.push(`${name}${work === undefined ? '' : ` ${work.shard}`}`);
      if (name === 'PlanBackup') return plans[calls.filter((call) => call === name).length - 1];
      if (name === 'VerifyArchive') return { tasks: [] };
      return { done: true };
    },
  });
  await engine.start('backup', { operationId: 'backup-1', fence: 1 });
  await eventually('it ends', () => ends[0], 60_000);
  await engine.close();
  expect(ends).toEqual(['SUCCEEDED']);
  expect(calls.slice(1, calls.indexOf('VerifyArchive'))).toEqual([
    ...['PlanBackup', 'PlanBackup', 'PlanBackup', 'Capture 0', 'Capture 1'],
    ...['PlanBackup', 'Capture 2', 'PlanBackup', 'SealArchive'],
  ]);
}, 90_000);
