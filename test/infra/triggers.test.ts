import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Holdfast } from '../../lib/infra/holdfast.ts';
import { Trigger } from '../../lib/infra/starts/trigger.ts';
import { Component } from '../../lib/infra/store/component.ts';
import { checkConfig } from '../../lib/model/config/config-faults.ts';
import { rightsOf, templateOf, templatesOf, unbundled } from './synthesized.ts';

const pattern = { source: ['aws.codepipeline'], detail: { state: ['SUCCEEDED'] } };

describe('triggers of a configuration [B26] [K7]', () => {
  const { service } = templatesOf({
    triggers: [
      { id: 'released', kind: 'event', pattern, waitMinutes: 60 },
      { id: 'asked', kind: 'topic', topicArn: 'arn:aws:sns:eu-central-1:111122223333:backups' },
      { id: 'asked-for-one', kind: 'topic', topicArn: 'arn:aws:sns:eu-central-1:111122223333:backups' },
      { id: 'signed', kind: 'webhook', secrets: [{ secretsManager: 'holdfast/trigger' }] },
    ],
  });

  test('an event calls the function with its id alone, and what fails for good is kept', () => {
    service.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: pattern,
      Targets: [
        Match.objectLike({
          InputTransformer: {
            InputPathsMap: { id: '$.id' },
            InputTemplate: '{"triggerId":"released","eventId":<id>}',
          },
          DeadLetterConfig: { Arn: Match.anyValue() },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ],
    });
  });

  test('a topic is subscribed to once, however many triggers hear it', () => {
    service.resourceCountIs('AWS::SNS::Subscription', 1);
    service.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'lambda',
      TopicArn: 'arn:aws:sns:eu-central-1:111122223333:backups',
      RedrivePolicy: Match.anyValue(),
    });
  });

  test('the function may start backups and nothing else, and the API alone reads the secret of a webhook', () => {
    const rights = rightsOf(service, 'triggered-backup');
    expect(
      rights.filter(({ action }) => action === 'states:StartExecution').map(({ resource }) => resource),
    ).toEqual([expect.stringMatching(/-backup$/)]);
    expect(rights.filter(({ action }) => /^(kms|s3:GetObjectVersion|dynamodb:Scan)/.test(action))).toEqual(
      [],
    );
    const secretsOf = (functionName: string) =>
      rightsOf(service, functionName).filter(({ action }) => action.startsWith('secretsmanager:'));
    expect(secretsOf('api-backups').map(({ resource }) => resource)).toEqual([
      expect.stringMatching(/secret:holdfast\/trigger-\?{6}$/),
    ]);
    expect(secretsOf('triggered-backup')).toEqual([]);
  });

  test('one path of the API takes messages without a token', () => {
    service.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'POST /v1/triggers/{id}',
      AuthorizationType: 'NONE',
    });
  });
});

describe('triggers of a construct [B26] [B20]', () => {
  test('hear topics of the same app, whose names are known at deployment only', () => {
    const template = templateOf((stack) => {
      const topic = new Topic(stack, 'Asked');
      new Holdfast(stack, 'Holdfast', {
        components: [Component.bucket('uploads', new Bucket(stack, 'Uploads'))],
        triggers: [
          Trigger.topic('asked', topic, { components: ['uploads'], waitMinutes: 15 }),
          Trigger.event('released', pattern),
          Trigger.webhook('signed', [{ secretsManager: 'holdfast/trigger' }]),
        ],
      });
    });
    template.hasResourceProperties('AWS::SNS::Subscription', {
      TopicArn: { Ref: Match.stringLikeRegexp('^Asked') },
    });
    const configs = Object.values(template.findResources('Custom::HoldfastConfig'));
    const text = JSON.stringify(configs.length > 0 ? configs : template.toJSON());
    expect(text).toContain('Asked');
  });

  test('refuse a FIFO topic and an unknown component', () => {
    const stack = new Stack(new App(unbundled), 'Test');
    expect(() => Trigger.topic('asked', new Topic(stack, 'Fifo', { fifo: true }))).toThrow('FIFO');
    expect(
      () =>
        new Holdfast(stack, 'Holdfast', {
          components: [Component.bucket('uploads', new Bucket(stack, 'Uploads'))],
          triggers: [Trigger.event('released', pattern, { components: ['others'] })],
        }),
    ).toThrow(/trigger .*released.* names an unknown component .*others/);
  });
});

describe('a pattern [B26]', () => {
  const faultsOf = (source: unknown): readonly string[] => {
    const checked = checkConfig({ triggers: [{ id: 'one', kind: 'event', pattern: { source } }] });
    return 'sentences' in checked ? checked.sentences : [];
  };

  test('that could match the events of the backups it begins is refused: it would never end', () => {
    for (const source of [['holdfast'], ['aws.s3', 'holdfast'], [{ prefix: 'hold' }], [], undefined])
      expect([source, faultsOf(source)]).toEqual([source, [expect.stringContaining('trigger "one"')]]);
    for (const source of [[{ 'anything-but': 'aws.s3' }], [{ wildcard: '*' }], 'aws.s3'])
      expect([source, faultsOf(source).length]).toEqual([source, 1]);
    for (const source of [['aws.s3'], [{ prefix: 'aws.' }, 'shop']])
      expect([source, faultsOf(source)]).toEqual([source, []]);
  });

  test('is no longer than EventBridge takes', () => {
    const checked = checkConfig({
      triggers: [
        { id: 'one', kind: 'event', pattern: { source: ['shop'], detail: { a: ['x'.repeat(2048)] } } },
      ],
    });
    expect('sentences' in checked && checked.sentences).toEqual([expect.stringContaining('2048')]);
  });

  test('of a topic that calls no function is refused', () => {
    for (const topicArn of ['arn:aws:sns:eu-central-1:111122223333:backups.fifo', 'backups'])
      expect('sentences' in checkConfig({ triggers: [{ id: 'one', kind: 'topic', topicArn }] })).toBe(true);
  });
});
