import { globSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { stepHandlers } from '../../lambdas/step-handlers.ts';
import {
  asFunctionName,
  entryPointOf,
  type FunctionName,
  functionNames,
} from '../../lib/infra/functions/function-table.ts';
import { Holdfast } from '../../lib/infra/holdfast.ts';
import { packageRoot } from '../../lib/infra/packaged.ts';
import { EVENT_SOURCE } from '../../lib/model/config/trigger-settings.ts';
import { type Right, rightsOf, templatesOf, unbundled } from './synthesized.ts';

const { service } = templatesOf();
const rights = new Map(functionNames.map((functionName) => [functionName, rightsOf(service, functionName)]));
const of = (functionName: FunctionName): Right[] => rights.get(functionName) ?? [];
const actionsOf = (functionName: FunctionName, service_: string): string[] =>
  [...new Set(of(functionName).map(({ action }) => action))]
    .filter((action) => action.startsWith(`${service_}:`))
    .sort();
const functionsWith = (action: string): FunctionName[] =>
  functionNames.filter((functionName) => of(functionName).some((right) => right.action === action));
const resourcesOf = (functionName: FunctionName, action: string): string[] =>
  of(functionName)
    .filter((right) => right.action === action)
    .map(({ resource }) => resource)
    .sort();

describe('every function', () => {
  test('of lambdas/ is a row of the table, and every row a function', () => {
    const entries = globSync('*/*.ts', { cwd: `${packageRoot}lambdas` });
    expect(functionNames.map(entryPointOf).sort()).toEqual(entries.sort());
    service.resourceCountIs('AWS::Lambda::Function', functionNames.length);
  });

  test('that is a step of a workflow can be called by the embedded host, too', () => {
    const steps = functionNames.filter((functionName) => entryPointOf(functionName).startsWith('steps/'));
    expect(Object.keys(stepHandlers).map(asFunctionName).sort()).toEqual(steps.sort());
  });

  test.each(functionNames)('%s has a role of its own, that writes its log', (functionName) => {
    expect(resourcesOf(functionName, 'logs:PutLogEvents')).toHaveLength(1);
  });
});

describe('capture workers [B4]', () => {
  test('put pieces into the staging area and nowhere else', () => {
    expect(resourcesOf('capture', 's3:PutObject')).toEqual([
      expect.stringMatching(/Archives\w+>\/staging\/\*$/),
    ]);
  });

  test('read their sources, whether an upload is open, and no archive', () => {
    expect(resourcesOf('capture', 's3:GetObject')).toEqual([
      expect.stringMatching(/Archives\w+>\/config\/\*$/),
      expect.stringMatching(/Archives\w+>\/exports\/\*$/),
      expect.stringMatching(/Archives\w+>\/uploads\/\*$/),
      'arn:<AWS::Partition>:s3:::trial-uploads/live/*',
    ]);
    expect(resourcesOf('capture', 's3:GetObjectVersion')).toEqual([
      'arn:<AWS::Partition>:s3:::trial-uploads/live/*',
    ]);
    expect(resourcesOf('capture', 'dynamodb:Scan')).toEqual([
      'arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/trial-orders',
    ]);
  });

  test('have no right on any key', () => {
    expect(actionsOf('capture', 'kms')).toEqual([]);
  });

  test('delete nothing: no record, no object', () => {
    expect(of('capture').filter(({ action }) => /Delete|Abort/.test(action))).toEqual([]);
  });

  test('start nothing, tell nobody', () => {
    expect([...actionsOf('capture', 'states'), ...actionsOf('capture', 'sns')]).toEqual([]);
    expect([...actionsOf('capture', 'ses'), ...actionsOf('capture', 'events')]).toEqual([]);
  });
});

describe('whatever clears pieces away', () => {
  test.each([
    'seal-archive',
    'complete-backup',
    'import-archive',
    'complete-import',
    'reseal-archive',
    'complete-reseal',
    'fail-operation',
    'execution-ended',
    'sweep',
  ] as const)('%s ends the multipart uploads that joining has noted, in staging too [B6]', (functionName) => {
    expect(resourcesOf(functionName, 's3:AbortMultipartUpload')).toEqual([
      expect.stringMatching(/Archives\w+>\/archives\/\*$/),
      expect.stringMatching(/Archives\w+>\/staging\/\*$/),
    ]);
  });
});

describe('whatever joins archives in several calls', () => {
  test.each(['seal-archive', 'complete-backup', 'import-archive', 'reseal-archive'] as const)(
    '%s asks which parts of an upload S3 has, in staging too, and keeps where it is [B6]',
    (functionName) => {
      expect(resourcesOf(functionName, 's3:ListMultipartUploadParts')).toEqual([
        expect.stringMatching(/Archives\w+>\/archives\/\*$/),
        expect.stringMatching(/Archives\w+>\/staging\/\*$/),
      ]);
      expect(JSON.stringify(of(functionName))).toContain('joining#*');
    },
  );
});

describe('keys', () => {
  test('are unwrapped only where archives are opened, and what tells people decrypts addresses alone [B4]', () => {
    const ofPings = '{"StringEquals":{"kms:EncryptionContext:purpose":"schedule-ping"}}';
    const decrypting = (isOfPings: boolean) =>
      functionsWith('kms:Decrypt').filter((one) =>
        of(one).some(
          ({ action, condition }) => action === 'kms:Decrypt' && (condition === ofPings) === isOfPings,
        ),
      );
    expect(decrypting(false)).toEqual([
      'api-archives',
      'api-keys',
      'verify-archive',
      'open-archive',
      'restore-component',
      'verify-backup',
    ]);
    expect(decrypting(true)).toEqual(['api-schedules', 'notify', 'execution-ended', 'sweep']);
  });

  test('in a workflow: only the key that was handed over for that operation', () => {
    for (const functionName of [
      'open-archive',
      'restore-component',
      'verify-backup',
      'verify-archive',
    ] as const)
      expect(of(functionName).filter(({ action }) => action.startsWith('kms:'))).toEqual([
        {
          action: 'kms:Decrypt',
          resource: expect.stringMatching(/WrapKey/),
          condition: '{"StringEquals":{"kms:EncryptionContext:purpose":"operation-key"}}',
        },
      ]);
  });

  test('what seals archives or the audit trail may sign, and neither wrap nor unwrap', () => {
    for (const functionName of ['seal-archive', 'api-access'] as const)
      expect(actionsOf(functionName, 'kms')).toEqual(['kms:GetPublicKey', 'kms:Sign']);
    // The sweep also sends notices and starts backups, whose tasks may open the archives they verify.
    expect(actionsOf('sweep', 'kms')).toEqual([
      ...['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GetPublicKey', 'kms:Sign'],
    ]);
    expect(functionsWith('kms:Sign')).toEqual(['api-access', 'seal-archive', 'reseal-archive', 'sweep']);
  });

  test('a request can wrap only what a request makes, and hands over to tasks; what begins by itself, only the latter', () => {
    const wraps = (purpose: string) => ({
      action: 'kms:Encrypt',
      resource: expect.stringMatching(/WrapKey/),
      condition: `{"StringEquals":{"kms:EncryptionContext:purpose":"${purpose}"}}`,
    });
    const keyRights = (functionName: FunctionName) =>
      of(functionName).filter(({ action }) => action.startsWith('kms:'));
    expect(keyRights('api-backups')).toEqual([wraps('archive-key'), wraps('operation-key')]);
    expect(keyRights('scheduled-backup')).toEqual([wraps('operation-key')]);
    expect(keyRights('triggered-backup')).toEqual([]);
    expect(keyRights('sweep').filter(({ action }) => action === 'kms:Encrypt')).toEqual([
      wraps('operation-key'),
    ]);
  });
});

describe('workflows', () => {
  const machine = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:holdfast-trial';
  const executions = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:holdfast-trial';

  test('are started by the API and the schedules, each only its own [K1]', () => {
    expect(resourcesOf('api-backups', 'states:StartExecution')).toEqual([`${machine}-backup`]);
    expect(resourcesOf('scheduled-backup', 'states:StartExecution')).toEqual([`${machine}-backup`]);
    expect(resourcesOf('api-archives', 'states:StartExecution')).toEqual([
      `${machine}-reseal`,
      `${machine}-restore`,
      `${machine}-verify`,
    ]);
    expect(resourcesOf('api-uploads', 'states:StartExecution')).toEqual([`${machine}-import`]);
    // The sweep starts backups that no timer started in time.
    expect(resourcesOf('sweep', 'states:StartExecution')).toEqual([`${machine}-backup`]);
    expect(functionsWith('states:StartExecution')).toEqual([
      'api-backups',
      'api-archives',
      'api-uploads',
      'scheduled-backup',
      'triggered-backup',
      'sweep',
    ]);
  });

  test('the API may start, describe and stop them, and nothing more', () => {
    for (const functionName of ['api-backups', 'api-archives', 'api-uploads'] as const) {
      expect(actionsOf(functionName, 'states')).toEqual([
        'states:DescribeExecution',
        'states:StartExecution',
        'states:StopExecution',
      ]);
      expect(resourcesOf(functionName, 'states:StopExecution')).toEqual([
        `${executions}-backup:*`,
        `${executions}-import:*`,
        `${executions}-reseal:*`,
        `${executions}-restore:*`,
        `${executions}-verify:*`,
      ]);
    }
  });

  test('of timers are set by two functions, in one group, by one role [K7] [K8]', () => {
    const group = 'arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/holdfast-trial/*';
    const setters = ['api-schedules', 'sweep'] as const;
    for (const action of ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule', 'iam:PassRole'])
      expect(functionsWith(action)).toEqual(setters);
    for (const functionName of setters) {
      expect(actionsOf(functionName, 'scheduler')).toEqual([
        'scheduler:CreateSchedule',
        'scheduler:DeleteSchedule',
      ]);
      for (const action of actionsOf(functionName, 'scheduler'))
        expect(resourcesOf(functionName, action)).toEqual([group]);
      expect(of(functionName).filter(({ action }) => action === 'iam:PassRole')).toEqual([
        {
          action: 'iam:PassRole',
          resource: expect.stringMatching(/^<\w+SchedulesRole\w+\.Arn>$/),
          condition: JSON.stringify({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }),
        },
      ]);
    }
  });

  test('call their own functions and no others [K8]', () => {
    const policies = JSON.stringify(service.findResources('AWS::IAM::Policy'));
    expect(policies).not.toContain('"lambda:*"');
    expect(functionNames.filter((functionName) => actionsOf(functionName, 'lambda').length > 0)).toEqual([]);
  });
});

describe('records and archives', () => {
  test('records are deleted only by what ends operations, and tokens by what revokes them', () => {
    expect(functionsWith('dynamodb:DeleteItem').sort()).toEqual([
      'admin-token',
      'api-access',
      'api-archives',
      'api-backups',
      'api-keys',
      'api-schedules',
      'api-uploads',
      'complete-backup',
      'complete-import',
      'complete-reseal',
      'complete-restore',
      'complete-verify',
      'execution-ended',
      'fail-operation',
      'notify',
      'scheduled-backup',
      'sweep',
      'triggered-backup',
    ]);
  });

  test('the authorizer reads tokens, one at a time, and its configuration, and writes whom it refused', () => {
    expect(of('authorizer').map(({ action }) => action)).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      's3:GetObject',
    ]);
    const [written] = of('authorizer').filter(({ action }) => action === 'dynamodb:UpdateItem');
    expect(written?.condition).toContain('"dynamodb:LeadingKeys":["auditPending"]');
    expect(resourcesOf('authorizer', 's3:GetObject')).toEqual([
      expect.stringMatching(/Archives\w+>\/config\/\*$/),
    ]);
  });

  test('the configuration is written by the deployment alone, which may do nothing else', () => {
    const writers = functionNames.filter((functionName) =>
      of(functionName).some(
        ({ action, resource }) => /Put|Delete/.test(action) && resource.includes('/config/'),
      ),
    );
    expect(writers).toEqual(['configure']);
    expect(of('configure').map(({ action }) => action)).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:PutObject',
    ]);
  });

  test('archives are deleted by nobody who captures, seals, verifies or restores', () => {
    const deleters = functionNames.filter((functionName) =>
      of(functionName).some(
        ({ action, resource }) => action === 's3:DeleteObject' && resource.includes('/archives/'),
      ),
    );
    expect(deleters).toEqual([
      'api-backups',
      'api-archives',
      'api-uploads',
      'complete-backup',
      'fail-operation',
      'scheduled-backup',
      'triggered-backup',
      'execution-ended',
      'sweep',
    ]);
  });

  test('targets are written by the restore alone', () => {
    const writers = functionNames.filter((functionName) =>
      of(functionName).some(
        ({ action, resource }) => /Put|Write|Create(?!Log)/.test(action) && /[:/]trial-/.test(resource),
      ),
    );
    expect(writers).toEqual(['restore-component']);
  });

  test('deployed tables and keys are never given away whole', () => {
    for (const functionName of functionNames)
      for (const { action, resource } of of(functionName)) {
        expect(action).not.toContain('*');
        expect(resource).not.toMatch(/^\*$/);
      }
  });
});

describe('a right on resources without a name', () => {
  const build = (resource: string, action = 's3:GetObject'): App => {
    const app = new App(unbundled);
    const holdfast = new Holdfast(new Stack(app, 'Test'), 'Holdfast', { components: [] });
    holdfast.functions.capture.addToRolePolicy(
      new PolicyStatement({ actions: [action], resources: [resource] }),
    );
    return app;
  };

  test.each([
    '*',
    'arn:aws:s3:::*',
    'arn:aws:s3:::*/staging/*',
    'arn:aws:kms:eu-central-1:111122223333:key/*',
  ])('on %s does not synthesize', (resource) => {
    expect(() => build(resource).synth()).toThrow('is not named exactly');
  });

  test('nor does an action with a star', () => {
    expect(() => build('arn:aws:s3:::one/two', 's3:Get*').synth()).toThrow('name the actions');
  });

  test('below a prefix of a named bucket does', () => {
    expect(() => build('arn:aws:s3:::one/two/*').synth()).not.toThrow();
  });
});

describe('who tells outcomes', () => {
  const arn = (resource: string) => `arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:${resource}`;

  test('may send mail from the one sender, by every identity that may be verified for it [K5]', () => {
    const { service: mailing } = templatesOf({
      notifications: { email: { to: ['ops@example.org'], from: 'holdfast@mail.eu.example.com' } },
      aws: { sesConfigurationSet: 'tracked' },
    });
    const mail = rightsOf(mailing, 'notify').filter(({ action }) => action === 'ses:SendEmail');
    expect(mail.map(({ resource }) => resource).sort()).toEqual(
      [
        'configuration-set/tracked',
        'identity/eu.example.com',
        'identity/example.com',
        'identity/example.org',
        'identity/holdfast@mail.eu.example.com',
        'identity/mail.eu.example.com',
        'identity/ops@example.org',
      ].map(arn),
    );
    for (const { condition } of mail)
      expect(condition).toBe('{"StringEquals":{"ses:FromAddress":"holdfast@mail.eu.example.com"}}');
  });

  test('may put events of the one source that the host puts', () => {
    const [right] = of('notify').filter(({ action }) => action === 'events:PutEvents');
    expect(JSON.parse(right?.condition ?? '')).toEqual({ StringEquals: { 'events:source': EVENT_SOURCE } });
  });
});

describe('an installation whose restores never go onto live sources [K6]', () => {
  const { service: guarded } = templatesOf({
    restoreInPlace: false,
    aws: { restoreTargets: { buckets: ['trial-restored'] } },
  });
  const written = (action: string): string[] =>
    rightsOf(guarded, 'restore-component')
      .filter((right) => right.action === action)
      .map(({ resource }) => resource);

  test('writes to other targets only, and may look at the sources for a dry run', () => {
    expect(written('s3:PutObject')).toEqual([expect.stringMatching(/s3:::trial-restored\/\*$/)]);
    expect(written('dynamodb:BatchWriteItem')).toEqual([]);
    expect(
      rightsOf(guarded, 'open-archive')
        .filter(({ action }) => action === 'dynamodb:DescribeTable')
        .map(({ resource }) => resource),
    ).toContainEqual(expect.stringContaining('table/trial-orders'));
  });
});
