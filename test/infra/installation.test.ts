import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import * as z from 'zod';
import { apiRoutes } from '../../lib/infra/api-routes.ts';
import { projectRoot } from '../../lib/infra/bundling.ts';
import { Component } from '../../lib/infra/component.ts';
import { Holdfast } from '../../lib/infra/holdfast.ts';
import { dutiesOf, machineKinds, readDefinition } from '../../lib/infra/state-machines.ts';
import { parseAwsEnvironment } from '../../lib/model/aws-environment.ts';
import { componentMetrics } from '../../lib/model/component-metrics.ts';
import { flat, templateOf, templatesOf } from './synthesized.ts';

const { state, service } = templatesOf();

describe('what holds backups', () => {
  const retained = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };

  test('the catalog is retained, protected, and recoverable to any second', () => {
    state.hasResource('AWS::DynamoDB::GlobalTable', {
      ...retained,
      Properties: {
        LocalSecondaryIndexes: [
          Match.objectLike({ IndexName: 'byOrder', Projection: { ProjectionType: 'KEYS_ONLY' } }),
          Match.objectLike({ IndexName: 'byGroup', Projection: { ProjectionType: 'KEYS_ONLY' } }),
        ],
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      },
    });
  });

  test('the archives are retained, versioned, private, encrypted at rest by keys that nobody needs a right to', () => {
    state.hasResource('AWS::S3::Bucket', {
      ...retained,
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      },
    });
    state.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ],
      },
    });
  });

  test('orphaned uploads and pieces end by themselves, archives never [B1] [C1]', () => {
    const [bucket] = Object.values(state.findResources('AWS::S3::Bucket'));
    const Rules = bucket?.Properties.LifecycleConfiguration.Rules;
    expect(Rules).toContainEqual(
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 14 } }),
    );
    const expiring = Rules.filter((rule: object) => 'ExpirationInDays' in rule);
    expect(expiring.map(({ Prefix }: { Prefix: string }) => Prefix)).toEqual([
      'staging/',
      'uploads/',
      'exports/',
    ]);
  });

  test('keys are retained; the wrapping key rotates; the signing key is Ed25519 [K3]', () => {
    state.hasResource('AWS::KMS::Key', { ...retained, Properties: { EnableKeyRotation: true } });
    state.hasResource('AWS::KMS::Key', {
      ...retained,
      Properties: { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
    });
  });

  test('the other stack holds nothing that must be kept', () => {
    const all = Object.entries(z.record(z.string(), z.looseObject({})).parse(service.toJSON().Resources));
    expect(all.filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain').map(([id]) => id)).toEqual([]);
  });
});

describe('functions [K8]', () => {
  const functions = Object.values(service.findResources('AWS::Lambda::Function'));

  test('run nodejs24.x on arm64, all into one log with an end', () => {
    for (const { Properties } of functions)
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(new Set(functions.map(({ Properties }) => JSON.stringify(Properties.LoggingConfig))).size).toBe(1);
    service.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  test('are told by the environment all that the host reads', () => {
    for (const { Properties } of functions) {
      const variables = z.record(z.string(), z.unknown()).parse(Properties.Environment.Variables);
      const values = Object.entries(variables).map(([name, value]): [string, string] => [
        name,
        placed(flat(value), name),
      ]);
      expect(parseAwsEnvironment(Object.fromEntries(values))).toMatchObject({
        HOLDFAST_CONFIG_FILE: 'holdfast.config.json',
        HOLDFAST_MAIL_FROM: 'holdfast@example.com',
        HOLDFAST_EVENT_BUS: 'default',
      });
    }
  });

  test('that events call leave what failed for good in the dead-letter queue', () => {
    service.resourceCountIs('AWS::Lambda::EventInvokeConfig', 3);
    service.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
    service.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });
});

/** What CloudFormation fills in, as it might. */
const placed = (text: string, name: string): string => {
  if (!text.startsWith('<')) return text.replaceAll(/<AWS::\w+>/g, 'aws');
  const service_ = /KEY_ARN/.test(name) ? 'kms' : /TOPIC/.test(name) ? 'sns' : 'other';
  return name.endsWith('_ARN') ? `arn:aws:${service_}:there` : 'a-name';
};

describe('workflows', () => {
  const machines = Object.values(service.findResources('AWS::StepFunctions::StateMachine'));
  const named = (kind: string) =>
    machines.find(({ Properties }) => Properties.StateMachineName === `holdfast-trial-${kind}`);

  test.each(machineKinds)('%s: every placeholder is a function of ours', (kind) => {
    const machine = named(kind);
    const placeholders = [...readDefinition(kind).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(machine?.Properties.DefinitionSubstitutions).sort()).toEqual(
      [...new Set(placeholders)].sort(),
    );
    expect(dutiesOf(readDefinition(kind)).size).toBe(new Set(placeholders).size);
    for (const value of Object.values(machine?.Properties.DefinitionSubstitutions))
      expect(JSON.stringify(value)).toMatch(/Fn::GetAtt/);
  });

  test('a placeholder that is none does not synthesize', () => {
    expect(() => dutiesOf(`{"Resource":"\${MakeCoffeeFunctionArn}"}`)).toThrow(
      'there is no duty "make-coffee"',
    );
  });

  test('fan out in distributed Maps, as wide as the construct says [B6]', () => {
    const definition = JSON.parse(named('backup')?.Properties.DefinitionString);
    expect(definition.States.CaptureComponents).toMatchObject({
      MaxConcurrency: 40,
      Label: 'Capture',
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
    });
  });

  test('are traced and logged, without what they carry', () => {
    for (const { Properties } of machines)
      expect(Properties).toMatchObject({
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      });
  });
});

describe('nothing hangs [B1]', () => {
  test('an execution that failed, was stopped or timed out is looked after', () => {
    service.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: Match.anyValue() },
      },
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
  });

  test('the sweep runs every five minutes', () => {
    service.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
  });
});

describe('the API', () => {
  const routes = Object.values(service.findResources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties }) => Properties,
  );

  test('has a route for each of the route tables, and one for all else [K1]', () => {
    const expected = apiRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([...expected, '$default'].sort());
  });

  test('asks for a token everywhere but at health', () => {
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType === 'NONE');
    expect(open.map(({ RouteKey }) => RouteKey)).toEqual(['GET /v1/health', 'HEAD /v1/health']);
    service.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: ['$request.header.Authorization'],
    });
  });

  test('throttles, and logs who asked what but no header and no query', () => {
    const [stage] = Object.values(service.findResources('AWS::ApiGatewayV2::Stage'));
    expect(stage?.Properties.DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: 50,
      ThrottlingBurstLimit: 100,
    });
    expect(stage?.Properties.AccessLogSettings.Format).not.toMatch(/header|query|authorization/i);
  });
});

describe('schedules [K7]', () => {
  test('stand in EventBridge Scheduler, in their own time zone, with a second and a last chance', () => {
    service.resourceCountIs('AWS::Scheduler::Schedule', 2);
    service.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 3 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      State: 'ENABLED',
      Target: {
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 },
        DeadLetterConfig: Match.anyValue(),
      },
    });
    service.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(30 4 ? * SUN *)',
      State: 'DISABLED',
    });
  });

  test('that EventBridge cannot run do not synthesize', () => {
    expect(() => templatesOf({ schedules: [{ id: 'odd', cron: '0 3 1 * 1' }] })).toThrow(
      'make it two schedules',
    );
  });
});

describe('alarms', () => {
  const alarms = Object.values(service.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties,
  );

  test.each([
    'operation-failed',
    'operation-partial',
    'operation-stuck',
    'lock-held-too-long',
    'missed-schedule',
    'outbox-waiting',
    'sweep-silent',
    'dead-letters',
  ])('%s names its section of the runbook [B15]', (section) => {
    const alarm = alarms.find(({ AlarmName }) => AlarmName === `holdfast-trial-${section}`);
    expect(alarm?.AlarmDescription).toMatch(new RegExp(`docs/runbook\\.md#${section}$`));
  });
});

describe('the dashboard', () => {
  const [dashboard] = Object.values(service.findResources('AWS::CloudWatch::Dashboard'));
  const expressions = z
    .object({
      widgets: z.array(
        z.object({
          properties: z.object({
            metrics: z.array(z.array(z.unknown())).default([]),
          }),
        }),
      ),
    })
    .parse(JSON.parse(flat(dashboard?.Properties.DashboardBody)))
    .widgets.flatMap(({ properties }) => properties.metrics)
    .flatMap(([first]) =>
      z
        .array(z.object({ expression: z.string() }))
        .catch([])
        .parse([first]),
    )
    .map(({ expression }) => expression);

  test.each(Object.keys(componentMetrics))('shows %s of every component there is one of', (name) => {
    const search = `SEARCH('{"Holdfast/trial",Component} MetricName="${name}"', `;
    expect(expressions.filter((expression) => expression.startsWith(search))).toHaveLength(1);
  });

  test('searches for no metric that nobody writes', () => {
    const names = expressions.map((expression) => /MetricName="(\w+)"/.exec(expression)?.[1]);
    expect(names.sort()).toEqual(Object.keys(componentMetrics).sort());
  });
});

describe('what holdfast.config.json says of watching', () => {
  const aws = {
    alarms: { email: ['night@example.com'] },
    concurrency: 7,
    longestOperationHours: 2,
    runbookUrl: 'https://wiki.example.com/holdfast',
    logRetentionDays: 30,
  };
  const { service: told } = templatesOf({ aws });

  test('alarms are told to the addresses, over a topic that CloudWatch may publish to', () => {
    told.hasResourceProperties('AWS::SNS::Subscription', {
      Endpoint: 'night@example.com',
      Protocol: 'email',
    });
    told.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^AlarmTopic') }],
    });
    told.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish' }),
        ]),
      },
    });
  });

  test('width, longest operation, runbook and logs are as it says', () => {
    told.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'holdfast-trial-lock-held-too-long',
      Threshold: 7_200,
      AlarmDescription: Match.stringLikeRegexp('https://wiki\\.example\\.com/holdfast#lock-held-too-long$'),
    });
    told.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    const machines = JSON.stringify(told.findResources('AWS::StepFunctions::StateMachine'));
    expect(machines).toContain('MaxConcurrency\\":7');
  });
});

test('the runbook has a section for every alarm there is, and for no other', async () => {
  const sections = Object.values(service.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => /#([\w-]+)$/.exec(Properties.AlarmDescription)?.[1],
  );
  const runbook = await readFile(`${projectRoot}docs/runbook.md`, 'utf8');
  const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(sections.sort()).toEqual(headings.sort());
});

describe('in somebody else’s app [B20]', () => {
  const template: Template = templateOf((stack) => {
    const bucket = new Bucket(stack, 'Uploads');
    const table = new TableV2(stack, 'Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    const alarmTopic = new Topic(stack, 'Alarms');
    new Holdfast(stack, 'Backups', {
      components: [
        Component.bucket('uploads', bucket, { prefix: 'live/' }),
        Component.table('orders', table),
      ],
      alarmTopic,
      concurrency: 7,
    });
  });

  test('takes real resources, whose names are known only when they are there', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          HOLDFAST_NAME_0: { Ref: Match.stringLikeRegexp('^Uploads') },
          HOLDFAST_NAME_1: { Ref: Match.stringLikeRegexp('^Orders') },
        },
      },
    });
  });

  test('alarms go to the topic it was given', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Alarms') }],
    });
  });

  test('a kind that no function can reach does not synthesize', () => {
    expect(() =>
      templatesOf({ components: [{ id: 'files', kind: 'directory', path: '/srv' }], schedules: [] }),
    ).toThrow('component "files" is of kind directory, which the AWS host cannot reach');
  });
});
