import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { definitionFindings } from '../../../lib/runtimes/server/workflow/definition-check.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';

const newFolder = temporaryFolders();
const Retry = [
  {
    ErrorEquals: ['RetryableError'],
    IntervalSeconds: 1,
    MaxAttempts: 2,
    BackoffRate: 2,
    JitterStrategy: 'FULL',
  },
];
const Catch = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.caught', Next: 'Failed' }];
// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a definition
const Resource = '${CaptureFunctionArn}';
const fitTask = {
  Type: 'Task',
  Resource,
  Parameters: { 'id.$': '$$.Execution.Name' },
  TimeoutSeconds: 60,
  Retry,
  Catch,
  Next: 'Each',
};
const { Catch: _, Next: __, ...innerTask } = { ...fitTask, Parameters: { 'id.$': '$.id' }, End: true };
const fitMap = {
  Type: 'Map',
  ItemsPath: '$.tasks',
  ItemSelector: { 'id.$': '$$.Map.Item.Value', 'input.$': '$$.Execution.Input' },
  MaxConcurrency: 4,
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Inner', States: { Inner: innerTask } },
  Catch,
  End: true,
};
const definition = (
  task: object = {},
  map: object = {},
  inner: object = {},
  processor: object = {},
  rest: object = {},
) => ({
  StartAt: 'Do',
  TimeoutSeconds: 3600,
  States: {
    Do: { ...fitTask, ...task },
    Each: {
      ...fitMap,
      ItemProcessor: { ...fitMap.ItemProcessor, States: { Inner: { ...innerTask, ...inner } }, ...processor },
      ...map,
    },
    Failed: { Type: 'Fail', Error: 'HoldfastError', Cause: 'it failed' },
  },
  ...rest,
});
const findings = (of: unknown) => definitionFindings(of, new Set(['Capture']));

describe('the check of state machines', () => {
  test('passes what the local interpreter runs as Step Functions does', () => {
    expect(findings(definition())).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    [
      'JSONata as the language',
      definition({ QueryLanguage: 'JSONata' }),
      /^Do: .*does not support QueryLanguage/,
    ],
    [
      'JSONata for all states',
      definition({}, {}, {}, {}, { QueryLanguage: 'JSONata' }),
      /does not support QueryLanguage/,
    ],
    [
      'a JSONata expression',
      definition({ Parameters: { id: '{% $states.input.id %}' } }),
      /^Do: .*is JSONata/,
    ],
    ['Arguments', definition({ Arguments: {} }), /does not support Arguments/],
    ['Assign', definition({}, {}, { Assign: { x: 1 } }), /^Inner: .*does not support Assign/],
    ['HeartbeatSeconds', definition({ HeartbeatSeconds: 5 }), /does not support HeartbeatSeconds/],
    ['Credentials', definition({ Credentials: { RoleArn: 'x' } }), /does not support Credentials/],
    ['TimeoutSecondsPath', definition({ TimeoutSecondsPath: '$.t' }), /does not support TimeoutSecondsPath/],
    ['ItemReader', definition({}, { ItemReader: {} }), /^Each: .*does not support ItemReader/],
    ['ItemBatcher', definition({}, { ItemBatcher: {} }), /does not support ItemBatcher/],
    ['ResultWriter', definition({}, { ResultWriter: {} }), /does not support ResultWriter/],
    [
      'ToleratedFailurePercentage',
      definition({}, { ToleratedFailurePercentage: 5 }),
      /does not support Tolerated/,
    ],
    ['the old Iterator', definition({}, { Iterator: fitMap.ItemProcessor }), /does not support Iterator/],
    [
      'a time-out of an item processor',
      definition({}, {}, {}, { TimeoutSeconds: 5 }),
      /does not support TimeoutSeconds/,
    ],
    [
      'an EXPRESS child',
      definition({}, {}, {}, { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' } }),
      /EXPRESS/,
    ],
    [
      'a task token',
      definition({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
      /does not name a function of Holdfast/,
    ],
    [
      'an ARN',
      definition({ Resource: 'arn:aws:lambda:eu-central-1:123456789012:function:x' }),
      /does not name a function of Holdfast/,
    ],
    [
      'an unknown function',
      definition({ Resource: Resource.replace('Capture', 'Nothing') }),
      /does not name a function of Holdfast/,
    ],
    [
      'a Task without TimeoutSeconds',
      definition({ TimeoutSeconds: undefined }),
      /^Do: a Task needs TimeoutSeconds/,
    ],
    [
      'a time-out past what a timer takes',
      definition({ TimeoutSeconds: 2_147_484 }),
      /needs TimeoutSeconds, 1 to/,
    ],
    ['a Task without Retry', definition({}, {}, { Retry: undefined }), /^Inner: a Task needs a Retry/],
    [
      'a Retry without jitter',
      definition({ Retry: [{ ErrorEquals: ['RetryableError'] }] }),
      /needs JitterStrategy FULL/,
    ],
    [
      'an unknown field of a Retry',
      definition({ Retry: [{ ...Retry[0], Assign: {} }] }),
      /^Do\.Retry: .*Assign/,
    ],
    [
      'an unknown field of a Catch',
      definition({ Catch: [{ ...Catch[0], Output: {} }] }),
      /^Do\.Catch: .*Output/,
    ],
    ['a Task without Catch', definition({ Catch: [] }), /^Do: a Task needs a Catch/],
    [
      'a Map without Catch, and so its Task',
      definition({}, { Catch: undefined }),
      /^Each: a Map needs a Catch/,
    ],
    [
      'two states of one name',
      definition({}, {}, {}, { States: { Do: innerTask } }),
      /^Do: two states have this name/,
    ],
    ['an unknown Type', definition({ Type: 'Activity' }), /^Do: there is no Type Activity/],
    [
      '$$.State',
      definition({ Parameters: { 'a.$': '$$.State.EnteredTime' } }),
      /^Do: \$\$\.State\.EnteredTime/,
    ],
    ['$$.Task.Token', definition({ Parameters: { 'a.$': '$$.Task.Token' } }), /Token/],
    ['the whole context object', definition({ Parameters: { 'a.$': '$$' } }), /^Do: \$\$ of the context/],
    [
      'a context path in an intrinsic',
      definition({ Parameters: { 'a.$': "States.Format('{}', $$.State.Name)" } }),
      /State\.Name/,
    ],
    [
      'the input of the execution inside a Map',
      definition({}, {}, { Parameters: { 'a.$': '$$.Execution.Input' } }),
      /^Inner: \$\$\.Execution\.Input/,
    ],
    [
      'the item inside a Map',
      definition({}, {}, { Parameters: { 'a.$': '$$.Map.Item.Value' } }),
      /^Inner: \$\$\.Map/,
    ],
    ['no object', [], /^the definition/],
  ])('refuses %s', (_, bad, message) => {
    expect(findings(bad).join('\n')).toMatch(message);
  });

  test('refuses the execution name inside a distributed Map, where it is the child’s', () => {
    const inner = { Parameters: { 'id.$': '$$.Execution.Name' } };
    expect(findings(definition({}, {}, inner))).toEqual([]);
    expect(
      findings(
        definition({}, {}, inner, { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } }),
      ),
    ).toHaveLength(1);
  });

  const check = (folder?: string) =>
    spawnSync(process.execPath, ['bin/check-definitions.ts', ...(folder === undefined ? [] : [folder])], {
      encoding: 'utf8',
    });

  test('passes every state machine of statemachines/ [K8]', () => {
    const { stdout, stderr, status } = check();
    expect([stderr, status]).toEqual(['', 0]);
    for (const file of readdirSync('statemachines').filter((name) => name.endsWith('.asl.json')))
      expect(stdout).toContain(file);
  });

  test('fails on files that are malformed, lead nowhere, or break a rule, naming each', async () => {
    const folder = await newFolder();
    const backup = readFileSync('statemachines/backup.asl.json', 'utf8');
    await writeFile(join(folder, 'a.asl.json'), backup.slice(0, 100));
    await writeFile(
      join(folder, 'b.asl.json'),
      backup.replaceAll('"Next": "SealArchive"', '"Next": "Nowhere"'),
    );
    await writeFile(join(folder, 'c.asl.json'), backup.replace('"TimeoutSeconds": 900,', ''));
    const { stderr, status } = check(folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^a\.asl\.json: SyntaxError/m);
    expect(stderr).toMatch(/^b\.asl\.json: .*Nowhere/m);
    expect(stderr).toMatch(/^c\.asl\.json: PlanBackup: a Task needs TimeoutSeconds/m);
    expect(check(await newFolder()).status).toBe(1);
  });
});
