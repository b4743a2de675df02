/** What all workflow definitions have in common. */

import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { functionTable } from '../../lib/infra/functions/function-table.ts';
import { functionsOf, machineKinds, readDefinition } from '../../lib/infra/functions/state-machines.ts';
import { temporaryFolders } from '../adapters/local/temporary-folder.ts';

const newFolder = temporaryFolders();
const catcher = z.strictObject({
  ErrorEquals: z.array(z.string()),
  ResultPath: z.string(),
  Next: z.string(),
});
const stateSchema = z.looseObject({
  Type: z.string(),
  Next: z.string().optional(),
  Catch: z.array(catcher).optional(),
  Parameters: z.record(z.string(), z.string()).optional(),
  ItemProcessor: z
    .looseObject({
      States: z.record(
        z.string(),
        z.looseObject({
          Type: z.string(),
          End: z.boolean().default(false),
          OutputPath: z.string().nullable().optional(),
        }),
      ),
    })
    .optional(),
});
const definitionSchema = z.looseObject({
  StartAt: z.string(),
  TimeoutSeconds: z.number(),
  States: z.record(z.string(), stateSchema),
});

describe.each(machineKinds)('the workflow of a %s', (kind) => {
  const { StartAt, States } = definitionSchema.parse(JSON.parse(readDefinition(kind)));
  const word = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  const [failure, failed, completed] = [`Fail${word}`, `${word}Failed`, `${word}Completed`];

  test('is handed nothing by the items of its lists: of a thousand, that would be more than a state may hold [B6]', () => {
    const lists = Object.values(States).flatMap(({ ItemProcessor }) => ItemProcessor ?? []);
    const ends = lists
      .flatMap((list) => Object.values(list.States))
      .filter(({ Type, End }) => Type === 'Succeed' || End);
    expect(ends).toHaveLength(lists.length);
    for (const end of ends) expect(end.OutputPath).toBeNull();
  });

  test('begins by taking the lock [B20]', () => {
    expect(StartAt).toBe('AcquireLock');
  });

  test('has one failure path, to which whatever fails before the end leads [B6]', () => {
    const steps = Object.entries(States).filter(
      ([name, { Type }]) => ['Task', 'Map'].includes(Type) && name !== failure && name !== 'Notify',
    );
    expect(steps.length).toBeGreaterThanOrEqual(3);
    for (const [name, { Catch }] of steps)
      expect([name, Catch]).toEqual([
        name,
        [{ ErrorEquals: ['States.ALL'], ResultPath: '$.caught', Next: failure }],
      ]);
  });

  test('tells its outcome in one state, and ends as it went whether or not anybody could be told', () => {
    expect(States[failure]).toMatchObject({
      Parameters: { 'caught.$': '$.caught' },
      Next: 'Notify',
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Notify' }],
    });
    expect(States.Notify).toMatchObject({
      Next: 'HasFailed',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.notTold', Next: 'HasFailed' }],
    });
    expect(States.HasFailed).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.caught', IsPresent: true, Next: failed }],
      Default: completed,
    });
    expect([States[completed]?.Type, States[failed]?.Type]).toEqual(['Succeed', 'Fail']);
  });

  test('says which execution it is where the lock is taken and freed: another one than its operation’s does nothing [B2]', () => {
    for (const name of ['AcquireLock', failure])
      expect(States[name]?.Parameters).toMatchObject({ 'execution.$': '$$.Execution.Name' });
  });

  test('hands its operation and its fence to every step', () => {
    for (const [name, { Type, Parameters }] of Object.entries(States))
      if (Type === 'Task')
        expect([name, Parameters]).toEqual([
          name,
          expect.objectContaining({ 'operationId.$': '$.operationId', 'fence.$': '$.fence' }),
        ]);
  });
});

describe('what states try again', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['bin/check-definitions.ts', ...args], { encoding: 'utf8' });
  const drifted = async (): Promise<string> => {
    const folder = await newFolder();
    cpSync('statemachines', folder, { recursive: true });
    const path = join(folder, 'import.asl.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"Lambda.ClientExecutionTimeoutException"', '"Lambda.Nothing"'));
    return folder;
  };

  test('is refused when it is another list than that of the function, by name [K8]', async () => {
    const { status, stderr } = run(await drifted());
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^import\.asl\.json: AcquireLock: its Retry/),
    ]);
  });

  test('is written into the definitions, and then they are fit', async () => {
    const folder = await drifted();
    expect(run('--write', folder)).toMatchObject({ status: 0, stderr: '' });
    for (const kind of machineKinds)
      expect(JSON.parse(readFileSync(join(folder, `${kind}.asl.json`), 'utf8'))).toEqual(
        JSON.parse(readDefinition(kind)),
      );
  });

  test('stands in the row of every function that a workflow calls, and of no other', () => {
    const called = machineKinds.flatMap((kind) => [...functionsOf(readDefinition(kind)).values()]);
    const rows = Object.entries(functionTable).filter(([, functionName]) => 'retry' in functionName);
    expect(rows.map(([name]) => name).sort()).toEqual([...new Set(called)].sort());
  });
});

describe('a step that works in calls', () => {
  const choiceSchema = z.looseObject({
    Choices: z.array(z.looseObject({ Variable: z.string(), BooleanEquals: z.boolean(), Next: z.string() })),
    Default: z.string(),
  });
  const steps = [
    ['backup', 'SealArchive', 'PlanVerification'],
    ['backup', 'CompleteBackup', 'Notify'],
    ['reseal', 'ResealArchive', 'PlanVerification'],
    ['import', 'ImportArchive', 'CompleteImport'],
  ] as const;

  test.each(steps)('of a %s, %s, is called again until it says that it is done [B6]', (kind, name, next) => {
    const { States } = definitionSchema.parse(JSON.parse(readDefinition(kind)));
    const step = z.looseObject({ ResultPath: z.string(), Next: z.string() }).parse(States[name]);
    expect(choiceSchema.parse(States[step.Next])).toMatchObject({
      Choices: [{ Variable: `${step.ResultPath}.done`, BooleanEquals: true, Next: next }],
      Default: name,
    });
  });

  test('that plans a backup is called again after each list of tasks too, until every task is at its end [B6]', () => {
    const { States } = definitionSchema.parse(JSON.parse(readDefinition('backup')));
    expect(States.PlanBackup).toMatchObject({ ResultPath: '$.plan', Next: 'IsPlanned' });
    expect(choiceSchema.parse(States.IsPlanned)).toMatchObject({
      Choices: [
        { Variable: '$.plan.done', BooleanEquals: true, Next: 'SealArchive' },
        { Variable: '$.plan.planned', BooleanEquals: true, Next: 'CaptureComponents' },
      ],
      Default: 'PlanBackup',
    });
    expect(States.CaptureComponents).toMatchObject({ ItemsPath: '$.plan.tasks', Next: 'PlanBackup' });
  });

  test.each([...steps, ['backup', 'PlanBackup', ''] as const])(
    'of a %s, %s, is tried again when it ran out of time: it goes on [B6]',
    (kind, name, _next) => {
      const { States } = definitionSchema.parse(JSON.parse(readDefinition(kind)));
      const { Retry } = z
        .looseObject({ Retry: z.array(z.looseObject({ ErrorEquals: z.array(z.string()) })) })
        .parse(States[name]);
      expect(Retry.flatMap(({ ErrorEquals }) => ErrorEquals)).toContain('Sandbox.Timedout');
    },
  );
});
