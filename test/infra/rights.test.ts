import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { projectRoot } from '../../lib/infra/bundling.ts';
import { type DutyName, dutyNames } from '../../lib/infra/duties.ts';
import { Holdfast } from '../../lib/infra/holdfast.ts';
import { type Right, rightsOf, templatesOf, unbundled } from './synthesized.ts';

const { service } = templatesOf();
const rights = new Map(dutyNames.map((duty) => [duty, rightsOf(service, duty)]));
const of = (duty: DutyName): Right[] => rights.get(duty) ?? [];
const actionsOf = (duty: DutyName, service_: string): string[] =>
  [...new Set(of(duty).map(({ action }) => action))]
    .filter((action) => action.startsWith(`${service_}:`))
    .sort();
const dutiesWith = (action: string): DutyName[] =>
  dutyNames.filter((duty) => of(duty).some((right) => right.action === action));
const resourcesOf = (duty: DutyName, action: string): string[] =>
  of(duty)
    .filter((right) => right.action === action)
    .map(({ resource }) => resource)
    .sort();

describe('every function', () => {
  test('of lambdas/ is a duty, and every duty a function', () => {
    const entries = readdirSync(`${projectRoot}lambdas`).map((file) => file.replace(/\.ts$/, ''));
    expect([...dutyNames].sort()).toEqual(entries.sort());
    service.resourceCountIs('AWS::Lambda::Function', dutyNames.length);
  });

  test.each(dutyNames)('%s has a role of its own, that writes its log', (duty) => {
    expect(resourcesOf(duty, 'logs:PutLogEvents')).toHaveLength(1);
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
  ] as const)('%s ends the multipart uploads that joining has noted, in staging too [B6]', (duty) => {
    expect(resourcesOf(duty, 's3:AbortMultipartUpload')).toEqual([
      expect.stringMatching(/Archives\w+>\/archives\/\*$/),
      expect.stringMatching(/Archives\w+>\/staging\/\*$/),
    ]);
  });
});

describe('keys', () => {
  test('are unwrapped only where archives are opened [B4]', () => {
    expect(dutiesWith('kms:Decrypt')).toEqual([
      'api-archives',
      'api-keys',
      'open-archive',
      'restore-component',
      'verify-backup',
    ]);
  });

  test('in a workflow: only the key that was handed over for that operation', () => {
    for (const duty of ['open-archive', 'restore-component', 'verify-backup'] as const)
      expect(of(duty).filter(({ action }) => action.startsWith('kms:'))).toEqual([
        {
          action: 'kms:Decrypt',
          resource: expect.stringMatching(/WrapKey/),
          condition: '{"StringEquals":{"kms:EncryptionContext:purpose":"operation-key"}}',
        },
      ]);
  });

  test('sealing may sign, and neither wrap nor unwrap', () => {
    expect(actionsOf('seal-archive', 'kms')).toEqual(['kms:GetPublicKey', 'kms:Sign']);
    expect(dutiesWith('kms:Sign')).toEqual(['seal-archive', 'reseal-archive']);
  });

  test('a request can wrap only what a request makes', () => {
    expect(of('api-backups').filter(({ action }) => action.startsWith('kms:'))).toEqual([
      {
        action: 'kms:Encrypt',
        resource: expect.stringMatching(/WrapKey/),
        condition: '{"StringEquals":{"kms:EncryptionContext:purpose":"archive-key"}}',
      },
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
    expect(dutiesWith('states:StartExecution')).toEqual([
      'api-backups',
      'api-archives',
      'api-uploads',
      'scheduled-backup',
    ]);
  });

  test('the API may start, describe and stop them, and nothing more', () => {
    for (const duty of ['api-backups', 'api-archives', 'api-uploads'] as const) {
      expect(actionsOf(duty, 'states')).toEqual([
        'states:DescribeExecution',
        'states:StartExecution',
        'states:StopExecution',
      ]);
      expect(resourcesOf(duty, 'states:StopExecution')).toEqual([
        `${executions}-backup:*`,
        `${executions}-import:*`,
        `${executions}-reseal:*`,
        `${executions}-restore:*`,
        `${executions}-verify:*`,
      ]);
    }
  });

  test('call their own functions and no others [K8]', () => {
    const policies = JSON.stringify(service.findResources('AWS::IAM::Policy'));
    expect(policies).not.toContain('"lambda:*"');
    expect(dutyNames.filter((duty) => actionsOf(duty, 'lambda').length > 0)).toEqual([]);
  });
});

describe('records and archives', () => {
  test('records are deleted only by what ends operations', () => {
    expect(dutiesWith('dynamodb:DeleteItem').sort()).toEqual([
      'api-archives',
      'api-backups',
      'api-keys',
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
    ]);
  });

  test('the authorizer reads tokens, one at a time, and nothing else', () => {
    expect(of('authorizer').map(({ action }) => action)).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'dynamodb:GetItem',
    ]);
  });

  test('archives are deleted by nobody who captures, seals, verifies or restores', () => {
    const deleters = dutyNames.filter((duty) =>
      of(duty).some(
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
      'execution-ended',
      'sweep',
    ]);
  });

  test('targets are written by the restore alone', () => {
    const writers = dutyNames.filter((duty) =>
      of(duty).some(
        ({ action, resource }) => /Put|Write|Create(?!Log)/.test(action) && /[:/]trial-/.test(resource),
      ),
    );
    expect(writers).toEqual(['restore-component']);
  });

  test('deployed tables and keys are never given away whole', () => {
    for (const duty of dutyNames)
      for (const { action, resource } of of(duty)) {
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
    expect(() => build(resource).synth()).toThrow('is not a named one');
  });

  test('nor does an action with a star', () => {
    expect(() => build('arn:aws:s3:::one/two', 's3:Get*').synth()).toThrow('name the actions');
  });

  test('below a prefix of a named bucket does', () => {
    expect(() => build('arn:aws:s3:::one/two/*').synth()).not.toThrow();
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
