import { Annotations, Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { awsFaults, awsWarnings, NO_SENDER } from '../model/aws-config.ts';
import type { Config } from '../model/config.ts';
import { Component, RestoreTarget } from './component.ts';
import { Holdfast, type HoldfastProps } from './holdfast.ts';
import { HoldfastStore, type HoldfastStoreProps } from './holdfast-store.ts';
import type { Mail } from './outcomes.ts';

export interface InstallationStacks {
  /** Catalog, archives, keys: what is retained. */
  readonly state: Stack;
  /** All the rest: may be destroyed and deployed again. */
  readonly service: Stack;
  readonly holdfast: Holdfast;
}

/**
 * A configuration as two stacks. What its check warns of, the synthesis warns of.
 *
 * @throws Error with a sentence for each thing that is not to be had on AWS
 */
export const installationStacks = (
  scope: Construct,
  config: Config,
  { env, ...store }: HoldfastStoreProps & Pick<StackProps, 'env'> = {},
): InstallationStacks => {
  const faults = awsFaults(config);
  if (faults.length > 0) throw new Error(faults.map(({ path, message }) => `${path}: ${message}`).join('; '));
  const name = `holdfast-${config.installation.replaceAll(/[._]/g, '-')}`;
  const stackProps = env === undefined ? {} : { env };
  const state = new Stack(scope, `${name}-state`, {
    ...stackProps,
    description: 'Holdfast: catalog, archives and keys',
    terminationProtection: store.disposable !== true,
  });
  const service = new Stack(scope, `${name}-service`, {
    ...stackProps,
    description: 'Holdfast: functions, workflows and API',
  });
  for (const [index, warning] of awsWarnings(config, new Date()).entries())
    Annotations.of(service).addWarningV2(`holdfast:config-${index + 1}`, warning);
  for (const stack of [state, service]) Tags.of(stack).add('holdfast', config.installation);
  const { notifications, components, aws, $schema: _, ...settings } = config;
  const { buckets = [], tables = [] } = aws?.restoreTargets ?? {};
  const { email } = notifications;
  const alarmTopic = alarmTopicOf(service, config);
  const holdfast = new Holdfast(service, 'Holdfast', {
    ...settings,
    components: components.map((each) => Component.fromSettings(service, each)),
    restoreTargets: [
      ...buckets.map((bucket) => RestoreTarget.bucketNamed(service, bucket)),
      ...tables.map((table) => RestoreTarget.tableNamed(service, table)),
    ],
    store: new HoldfastStore(state, 'Store', store),
    ...watchingOf(config),
    ...(alarmTopic !== undefined && { alarmTopic }),
    ...(email !== undefined && { email: mailOf(email) }),
  });
  return { state, service, holdfast };
};

/** What the configuration says of how an installation runs and is watched; what it does not say has the construct's defaults. */
const watchingOf = ({ aws = {} }: Config): Partial<HoldfastProps> => {
  const { concurrency, longestOperationHours, runbookUrl, logRetentionDays } = aws;
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(longestOperationHours !== undefined && {
      longestOperation: Duration.minutes(longestOperationHours * 60),
    }),
    ...(runbookUrl !== undefined && { runbookUrl }),
    ...(logRetentionDays !== undefined && { logRetention: logRetentionDays }),
  };
};

/** The topic that is named, or one of ours for the addresses; with a topic, addresses are its owner's matter. */
const alarmTopicOf = (service: Stack, { installation, aws }: Config): ITopic | undefined => {
  const { topicArn, email = [] } = aws?.alarms ?? {};
  if (topicArn !== undefined) return Topic.fromTopicArn(service, 'AlarmTopic', topicArn);
  if (email.length === 0) return undefined;
  const topic = new Topic(service, 'AlarmTopic', {
    displayName: `Holdfast ${installation} alarms`,
    enforceSSL: true,
  });
  // A topic's policy is its owner's alone once it has one: CloudWatch has to be named in it.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': service.account } },
    }),
  );
  for (const address of email) topic.addSubscription(new EmailSubscription(address));
  return topic;
};

const mailOf = ({ to, from }: NonNullable<Config['notifications']['email']>): Mail => {
  if (from === undefined) throw new Error(NO_SENDER);
  return { to, from };
};
