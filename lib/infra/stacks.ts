import { Annotations, Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { ownValue } from '../archive/own-value.ts';
import { awsFaults, awsWarnings, NO_SENDER } from '../model/config/aws-config.ts';
import type { Config } from '../model/config/config.ts';
import { Holdfast } from './holdfast.ts';
import type { HoldfastProps } from './holdfast-props.ts';
import { Trigger } from './starts/trigger.ts';
import { type BackupPlace, s3PlaceOf } from './store/backup-places.ts';
import { bucketArnOf, Component, type NamedOptions, RestoreTarget } from './store/component.ts';
import { HoldfastStore, type HoldfastStoreProps, type IHoldfastStore } from './store/holdfast-store.ts';
import type { Mail } from './watch/outcomes.ts';

export interface InstallationStacks {
  /** The retained catalog, archives and keys; undefined when the configuration names an existing store. */
  readonly state: Stack | undefined;
  /** Everything else: it may be destroyed and deployed again. */
  readonly service: Stack;
  readonly holdfast: Holdfast;
}

/**
 * A configuration as two stacks. The warnings of its check become warnings of the synthesis.
 *
 * @throws Error with a sentence for each thing that is impossible on AWS
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
  const service = new Stack(scope, `${name}-service`, {
    ...stackProps,
    description: 'Holdfast: functions, workflows and API',
  });
  const kept = keptIn(scope, service, { config, name: `${name}-state`, stackProps, store });
  const { state } = kept;
  for (const [index, warning] of awsWarnings(config, new Date()).entries())
    Annotations.of(service).addWarningV2(`holdfast:config-${index + 1}`, warning);
  for (const stack of state === undefined ? [service] : [state, service])
    Tags.of(stack).add('holdfast', config.installation);
  const { notifications, components, backupPaths, triggers, aws, $schema: _, ...settings } = config;
  const { buckets = [], tables = [] } = aws?.restoreTargets ?? {};
  const { email, ...otherNotifications } = notifications;
  const alarmTopic = alarmTopicOf(service, config);
  const holdfast = new Holdfast(service, 'Holdfast', {
    ...settings,
    components: components.map((each) => Component.fromSettings(service, each, keyOf(config, each))),
    restoreTargets: [
      ...buckets.map((bucket) => RestoreTarget.bucketNamed(service, bucket, keyOf(config, { bucket }))),
      ...tables.map((table) => RestoreTarget.tableNamed(service, table, keyOf(config, { table }))),
    ],
    backupPaths: backupPaths.map((path) => placeOf(service, config, path)),
    triggers: triggers.map((each) => triggerOf(service, each)),
    store: kept.store,
    ...watchingOf(config),
    ...(alarmTopic !== undefined && { alarmTopic }),
    ...(email !== undefined && { email: mailOf(email, aws?.sesConfigurationSet) }),
    notifications: otherNotifications,
  });
  return { state, service, holdfast };
};

/** The store, in a stack of its own; or the existing one. */
const keptIn = (
  scope: Construct,
  service: Stack,
  {
    config,
    name,
    stackProps,
    store,
  }: { config: Config; name: string; stackProps: Pick<StackProps, 'env'>; store: HoldfastStoreProps },
): { state: Stack | undefined; store: IHoldfastStore } => {
  const attributes = config.aws?.store;
  if (attributes !== undefined)
    return { state: undefined, store: HoldfastStore.fromAttributes(service, 'Store', attributes) };
  const state = new Stack(scope, name, {
    ...stackProps,
    description: 'Holdfast: catalog, archives and keys',
    terminationProtection: store.disposable !== true,
  });
  return { state, store: new HoldfastStore(state, 'Store', store) };
};

/** The configuration's settings for the run and watch of an installation; others have the construct's defaults. */
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

/** The named topic, or one of ours for the addresses; the owner of a named topic adds addresses to it. */
const alarmTopicOf = (service: Stack, { installation, aws }: Config): ITopic | undefined => {
  const { topicArn, email = [] } = aws?.alarms ?? {};
  if (topicArn !== undefined) return Topic.fromTopicArn(service, 'AlarmTopic', topicArn);
  if (email.length === 0) return undefined;
  const topic = new Topic(service, 'AlarmTopic', {
    displayName: `Holdfast ${installation} alarms`,
    enforceSSL: true,
  });
  // A topic with a policy allows only what that names, so CloudWatch must be named in it.
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

/** A topic is imported once for each trigger that listens to it, each time under another name. */
const triggerOf = (service: Stack, settings: Config['triggers'][number]): Trigger =>
  Trigger.fromSettings(settings, (arn) => Topic.fromTopicArn(service, `Trigger-${settings.id}`, arn));

const mailOf = (
  { to, from }: NonNullable<Config['notifications']['email']>,
  configurationSet: string | undefined,
): Mail => {
  if (from === undefined) throw new Error(NO_SENDER);
  return { to, from, ...(configurationSet !== undefined && { configurationSet }) };
};

/** The customer-managed key that the configuration gives for a bucket or a table. */
const keyOf = (
  { aws }: Config,
  { bucket, table }: { readonly kind?: string; readonly bucket?: string; readonly table?: string },
): NamedOptions => {
  const { buckets, tables } = aws?.kmsKeys ?? {};
  const keyArn = bucket === undefined ? ownValue(tables ?? {}, table ?? '') : ownValue(buckets ?? {}, bucket);
  return keyArn === undefined ? {} : { encryptionKey: { keyArn } };
};

/** A path, with the key of its bucket if one is given. */
const placeOf = (scope: Construct, config: Config, path: string): string | BackupPlace => {
  const { bucket, prefix } = s3PlaceOf(path);
  const { encryptionKey } = keyOf(config, { bucket });
  if (encryptionKey === undefined) return path;
  return {
    bucket: { bucketName: bucket, bucketArn: bucketArnOf(scope, bucket), encryptionKey },
    prefix: prefix.replace(/\/$/, ''),
  };
};
