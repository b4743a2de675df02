import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import * as z from 'zod';
import { apiRoutes } from '../../lib/infra/functions/api-routes.ts';
import { functionsOf, machineKinds, readDefinition } from '../../lib/infra/functions/state-machines.ts';
import { Holdfast } from '../../lib/infra/holdfast.ts';
import { packageRoot } from '../../lib/infra/packaged.ts';
import { installationStacks } from '../../lib/infra/stacks.ts';
import { Component } from '../../lib/infra/store/component.ts';
import { parseAwsEnvironment } from '../../lib/model/aws-environment.ts';
import { configSchema } from '../../lib/model/config/config.ts';
import { componentMetrics } from '../../lib/model/monitoring/component-metrics.ts';
import { PRODUCT_VERSION } from '../../lib/model/version.ts';
import { flat, managedPoliciesOf, rightsOf, templateOf, templatesOf, unbundled } from './synthesized.ts';

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
    state.hasResource('AWS::S3::BucketPolicy', {
      ...retained,
      Properties: {
        PolicyDocument: {
          Statement: [
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ],
        },
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
  const configured = functions.filter(({ Properties }) => Properties.Handler !== 'configure.handler');

  test('run nodejs24.x on arm64, all into one log with an end', () => {
    for (const { Properties } of functions)
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(new Set(functions.map(({ Properties }) => JSON.stringify(Properties.LoggingConfig))).size).toBe(1);
    service.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  test('are told by the environment all that the host reads', () => {
    for (const { Properties } of configured) {
      const variables = z.record(z.string(), z.unknown()).parse(Properties.Environment.Variables);
      const values = Object.entries(variables).map(([name, value]): [string, string] => [
        name,
        placed(flat(value), name),
      ]);
      expect(parseAwsEnvironment(Object.fromEntries(values))).toMatchObject({
        HOLDFAST_CONFIG_KEY: aConfigKey,
        HOLDFAST_MAIL_FROM: 'holdfast@example.com',
        HOLDFAST_EVENT_BUS: 'default',
      });
    }
  });

  test('that events call leave what failed for good in the dead-letter queue', () => {
    service.resourceCountIs('AWS::Lambda::EventInvokeConfig', 4);
    service.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
    service.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });
});

const aConfigKey = `config/${'0'.repeat(64)}.json`;

/** A value that CloudFormation might fill in. */
const placed = (text: string, name: string): string => {
  if (name === 'HOLDFAST_CONFIG_KEY') return aConfigKey;
  if (!text.startsWith('<')) return text.replaceAll(/<AWS::\w+>/g, 'aws');
  const services = { KEY_ARN: 'kms', TOPIC: 'sns', TARGET: 'lambda', ROLE: 'iam', DEAD_LETTERS: 'sqs' };
  const [, service_ = 'other'] = Object.entries(services).find(([part]) => name.includes(part)) ?? [];
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
    expect(functionsOf(readDefinition(kind)).size).toBe(new Set(placeholders).size);
    for (const value of Object.values(machine?.Properties.DefinitionSubstitutions))
      expect(JSON.stringify(value)).toMatch(/Fn::GetAtt/);
  });

  test('a placeholder that is none does not synthesize', () => {
    expect(() => functionsOf(`{"Resource":"\${MakeCoffeeFunctionArn}"}`)).toThrow(
      'has no function "make-coffee"',
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

  const pageRoutes = ['/', '/console', '/console/{file+}'].flatMap((path) => [`GET ${path}`, `HEAD ${path}`]);

  test('has a route for each of the route tables, and one for all else [K1]', () => {
    const expected = [...apiRoutes.map(({ method, path }) => `${method} ${path}`), ...pageRoutes];
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([...expected, '$default'].sort());
  });

  test('asks for a token or a session everywhere but at health, probes, open metrics and signing in, for signed messages and the files of the page [U10]', () => {
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType === 'NONE');
    expect(open.map(({ RouteKey }) => RouteKey).sort()).toEqual(
      [
        ...['/v1/health', '/livez', '/readyz', '/metrics', '/v1/issuers'].flatMap((path) => [
          `GET ${path}`,
          `HEAD ${path}`,
        ]),
        ...['POST /v1/triggers/{id}', 'POST /v1/sign-in', 'POST /v1/invitations'],
        ...['POST /v1/sign-in/remember', 'POST /v1/issuer-sign-in', 'POST /v1/issuer-session'],
        ...pageRoutes,
      ].sort(),
    );
    service.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: [],
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
      'create two schedules',
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
    'dead-deliveries',
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
  const runbook = await readFile(`${packageRoot}docs/runbook.md`, 'utf8');
  const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(sections.sort()).toEqual(headings.sort());
});

/** The configurations in a template, with references in angle brackets. */
const configsIn = (template: Template): string[] =>
  Object.values(template.findResources('Custom::HoldfastConfiguration')).map(({ Properties }) =>
    flat(Properties.Config),
  );

test('every setting of a configuration reaches the functions as it was given [B20]', () => {
  const said = {
    ...{
      backups: false,
      restores: false,
      restoreInPlace: false,
      compressionLevel: 7,
      domains: ['root', 'a'],
    },
    retention: { labels: { nightly: { keepDaily: 7 } }, undoDays: 3 },
    metrics: { open: true },
    uploads: { maxBytes: 1_000_000, maxOpen: 2 },
    access: {
      oidc: [{ id: 'corp', issuer: 'https://login.example.com', clientId: 'holdfast' }],
    },
    audit: { keepDays: 30 },
    backupToken: { required: true, waitHours: 1 },
    approval: { actions: ['restore'], approvers: 2, hours: 1, newApproverHours: 0, breakGlass: true },
    limits: { backupsPerDay: 5 },
    schedules: [
      { id: 'nightly', cron: '0 3 * * *', label: 'nightly', waitMinutes: 30, verification: 'deep' },
    ],
  };
  const { service } = templatesOf(said);
  const deployed = JSON.parse(configsIn(service)[0] ?? '');
  const { components, ...given } = configSchema.parse({ ...said, installation: 'trial' });
  for (const [name, value] of Object.entries(given))
    if (name !== 'notifications') expect([name, deployed[name]]).toEqual([name, value]);
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
    const [text] = configsIn(template);
    expect(JSON.parse(text ?? '').components).toMatchObject([
      { id: 'uploads', kind: 's3', bucket: expect.stringMatching(/^<Uploads/), prefix: 'live/' },
      { id: 'orders', kind: 'dynamodb', table: expect.stringMatching(/^<Orders/) },
    ]);
  });

  test('of 200 buckets fits into the environment of its functions, which is 4 KB [K8]', () => {
    const many = templateOf((stack) => {
      new Holdfast(stack, 'Backups', {
        components: Array.from({ length: 200 }, (_, index) =>
          Component.bucket(`bucket-${index}`, new Bucket(stack, `Bucket${index}`)),
        ),
      });
    });
    const sizes = Object.values(many.findResources('AWS::Lambda::Function')).map(({ Properties }) =>
      Object.entries(z.record(z.string(), z.unknown()).parse(Properties.Environment.Variables)).reduce(
        // A name made by CloudFormation has at most 63 characters, and an ARN of ours has at most 150.
        (sum, [name, value]) => sum + name.length + flat(value).replaceAll(/<[^>]*>/g, '_'.repeat(63)).length,
        0,
      ),
    );
    expect(Math.max(...sizes)).toBeLessThan(4_096);
    expect(JSON.parse(configsIn(many)[0] ?? '').components).toHaveLength(200);
  });

  test('of 200 tables, whose names may be long, fits into the policies that a role may have [K8]', () => {
    const app = new App(unbundled);
    // A stack has at most 200 outputs, and each table needs two.
    const data = [1, 2].map((index) => new Stack(app, `ShopInFrankfurtTables${index}`));
    const partitionKey = { name: 'id', type: AttributeType.STRING };
    const stack = new Stack(app, 'ShopInFrankfurtBackups');
    new Holdfast(stack, 'Backups', {
      components: data.flatMap((tables, part) =>
        Array.from({ length: 100 }, (_, index) =>
          Component.table(
            `table-${part}-${index}`,
            new TableV2(tables, `OrdersOfCustomers${index}`, { partitionKey }),
          ),
        ),
      ),
    });
    const policies = managedPoliciesOf(Template.fromStack(stack));
    expect(Math.max(...policies.map(({ characters }) => characters))).toBeLessThanOrEqual(6_144);
    expect(Math.max(...policies.map(({ ofRole }) => ofRole))).toBeLessThanOrEqual(10);
  });

  test('hands its configuration over again when it changes, and for each version', () => {
    const [resource] = Object.values(template.findResources('Custom::HoldfastConfiguration'));
    expect(resource?.Properties).toMatchObject({
      ServiceToken: { 'Fn::GetAtt': [expect.stringMatching(/^Backupsconfigure/), 'Arn'] },
      ServiceTimeout: '300',
      Version: PRODUCT_VERSION,
    });
    // The function must have its permissions before it runs.
    expect(resource?.DependsOn).toContainEqual(expect.stringMatching(/^BackupsconfigureRoleDefaultPolicy/));
  });

  test('whose configuration is too long to be handed over does not synthesize', () => {
    expect(() =>
      templateOf((stack) => {
        new Holdfast(stack, 'Backups', {
          components: Array.from({ length: 450 }, (_, index) =>
            Component.bucket(`bucket-${index}`, new Bucket(stack, `Bucket${index}`), {
              afterRestore: 'x'.repeat(500),
            }),
          ),
        });
      }),
    ).toThrow(/the configuration has \d+ bytes, and at most 200000 can be deployed/);
  });

  test('alarms go to the topic it was given', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Alarms') }],
    });
  });

  test.each([
    ['acme.prod', 'has a dot, and names of dashboards on AWS cannot have one; write - or _ instead'],
    ['a'.repeat(56), 'has 56 characters; on AWS it may have at most 55'],
  ])('a name that AWS does not take is refused in our words: %s', (installation, message) => {
    expect(() =>
      templateOf((stack) => {
        new Holdfast(stack, 'Backups', { installation, components: [] });
      }),
    ).toThrow(message);
  });

  test('gives others what they need, and no more', () => {
    const given = templateOf((stack) => {
      const holdfast = new Holdfast(stack, 'Backups', { components: [] });
      const role = (id: string) => new Role(stack, id, { assumedBy: new AccountRootPrincipal() });
      holdfast.grantStartBackup(role('Starter'));
      holdfast.grantAdminToken(role('Maker'));
      holdfast.grantReadArchives(role('Reader'));
      holdfast.grantSubscribe(role('Listener'));
    });
    const rightsTo = (role: string) =>
      Object.values(given.findResources('AWS::IAM::Policy'))
        .filter(({ Properties }) => Properties.Roles[0].Ref.startsWith(role))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .flatMap(({ Action, Resource }) =>
          [Action]
            .flat()
            .flatMap((action: string) =>
              [Resource].flat().map((resource: unknown) => `${action} ${flat(resource)}`),
            ),
        );
    for (const [role, functionName] of [
      ['Starter', 'scheduledbackup'],
      ['Maker', 'admintoken'],
    ])
      for (const right of rightsTo(role ?? ''))
        expect(right).toMatch(
          new RegExp(`^lambda:InvokeFunction <Backups${functionName}[0-9A-F]{8}\\.Arn>(:\\$LATEST)?$`),
        );
    expect(rightsTo('Reader')).toContainEqual(
      expect.stringMatching(/^s3:GetObject\* <BackupsStoreArchives\w+\.Arn>\/archives\/\*$/),
    );
    expect(rightsTo('Reader').join()).not.toMatch(/Put|Delete|staging|config/);
    expect(rightsTo('Listener')).toEqual([
      expect.stringMatching(/^sns:Subscribe <BackupsOutcomesTopic\w+>$/),
    ]);
  });

  test('has metrics for alarms of one’s own', () => {
    const { failed, alarmed } = { failed: 'OperationsFailed', alarmed: 'MissedSchedules' };
    const watched = templateOf((stack) => {
      const holdfast = new Holdfast(stack, 'Backups', { installation: 'acme', components: [] });
      const options = { threshold: 1, evaluationPeriods: 1 };
      const hourly = { period: Duration.hours(1) };
      holdfast.metricOperationsFailed(hourly).createAlarm(stack, failed, options);
      holdfast.metricMissedSchedules(hourly).createAlarm(stack, alarmed, options);
    });
    for (const MetricName of [failed, alarmed])
      watched.hasResourceProperties('AWS::CloudWatch::Alarm', {
        Namespace: 'Holdfast/acme',
        MetricName,
        Period: 3600,
      });
  });

  test('a kind that no function can reach does not synthesize', () => {
    expect(() =>
      templatesOf({ components: [{ id: 'files', kind: 'directory', path: '/srv' }], schedules: [] }),
    ).toThrow('component "files" is of kind directory, which functions on AWS cannot reach');
  });
});

describe('a store that is there already [B20]', () => {
  const attributes = {
    tableName: 'trial-state-StoreCatalog-1ABC',
    bucketName: 'trial-state-storearchives-1abc',
    wrapKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/wrap',
    signKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/sign',
  };
  const config = configSchema.parse({
    installation: 'trial',
    components: [{ id: 'uploads', kind: 's3', bucket: 'trial-uploads' }],
    aws: { store: attributes },
  });
  const { state: none, service: attached } = installationStacks(new App(unbundled), config);
  const template = Template.fromStack(attached);

  test('is used by every function, and no other is made', () => {
    expect(none).toBeUndefined();
    for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function')))
      expect(Properties.Environment.Variables).toMatchObject({
        HOLDFAST_TABLE: attributes.tableName,
        HOLDFAST_BUCKET: attributes.bucketName,
      });
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::KMS::Key'])
      template.resourceCountIs(type, 0);
  });

  test('gives the rights of one that was made here', () => {
    const made = rightsOf(service, 'seal-archive').map(({ action }) => action);
    expect(rightsOf(template, 'seal-archive').map(({ action }) => action)).toEqual(made);
    const keys = rightsOf(template, 'seal-archive').filter(({ action }) => action.startsWith('kms:'));
    expect(keys.map(({ resource }) => resource)).toEqual([attributes.signKeyArn, attributes.signKeyArn]);
  });

  test('is named by the outputs of the stack that it was in', () => {
    const outputs = z.record(z.string(), z.unknown()).parse(state.toJSON().Outputs);
    for (const name of ['TableName', 'BucketName', 'WrapKeyArn', 'SignKeyArn'])
      expect(Object.keys(outputs)).toContainEqual(expect.stringMatching(new RegExp(`^Store${name}`)));
  });

  test('is no component', () => {
    expect(() =>
      installationStacks(
        new App(unbundled),
        configSchema.parse({
          ...config,
          components: [{ id: 'own', kind: 's3', bucket: attributes.bucketName }],
        }),
      ),
    ).toThrow('each backup would contain all earlier ones');
  });
});
