/** The AWS host: every port on an AWS service, as this function's environment names them. */
import { hostname } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SegmentPool } from '../../archive/threads/segment-pool.ts';
import { type AwsEnvironment, parseAwsEnvironment } from '../../model/aws-environment.ts';
import type { Config } from '../../model/config/config.ts';
import { s3PlacesOf } from '../../model/config/own-archives.ts';
import { metricNamespace } from '../../model/monitoring/component-metrics.ts';
import { systemClock } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { OwnData } from '../../ports/own-data.ts';
import type { ScheduleTimers } from '../../ports/schedule-timers.ts';
import { configuredChannels } from '../any/channels/configured-channels.ts';
import { askIssuer } from '../any/channels/issuer-requests.ts';
import { JsonLogger } from '../any/json-logger.ts';
import { LogNotifier } from '../any/log-notifier.ts';
import { DynamoCatalog } from './catalog/dynamo-catalog.ts';
import { MeteredCatalog } from './catalog/metered-catalog.ts';
import { readConfig } from './deployed-config.ts';
import { AwsSecrets } from './keys/aws-secrets.ts';
import { KmsVault } from './keys/kms-vault.ts';
import { Metrics } from './metrics.ts';
import { EventBridgeNotifier } from './notifiers/eventbridge-notifier.ts';
import { SesNotifier } from './notifiers/ses-notifier.ts';
import { SnsNotifier } from './notifiers/sns-notifier.ts';
import { clientSettings, s3ClientFor } from './sdk/client-settings.ts';
import { SdkRetries } from './sdk/sdk-retries.ts';
import { S3BucketStore } from './sources/buckets/s3-bucket-store.ts';
import { DynamoTableStore } from './sources/tables/dynamo-table-store.ts';
import { S3ObjectStore } from './store/s3-object-store.ts';
import { RESTORE_BYTES, VERIFY_BYTES } from './task-bytes.ts';
import { EventBridgeTimers } from './workflow/eventbridge-timers.ts';
import { SfnEngine } from './workflow/sfn-engine.ts';

/** S3 joins parts without reading them only from 5 MiB up. 32 MiB of source rarely compress to less. */
export const SEGMENT_BYTES = 32 * 1024 * 1024;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Makes the host. Called once in a function's environment, which keeps it for all its calls.
 *
 * @throws HoldfastError `config_invalid` when the environment or the configuration is not what the construct wrote;
 * `unavailable` when S3 does not answer.
 */
export const createAwsHost = async (env: Variables): Promise<Host> => {
  const environment = parseAwsEnvironment(env);
  const retries = new SdkRetries();
  const client = clientSettings(retries);
  const s3 = s3ClientFor(env, retries);
  const store = { bucket: environment.HOLDFAST_BUCKET, table: environment.HOLDFAST_TABLE };
  const config = await readConfig(s3, store, environment.HOLDFAST_CONFIG_KEY);
  const dynamodb = new DynamoDBClient(client);
  const log = new JsonLogger({
    pretty: false,
    write: (line) => process.stdout.write(`${line}\n`),
    fields: { function: env.AWS_LAMBDA_FUNCTION_NAME },
  });
  const secrets = new AwsSecrets({ client: new SecretsManagerClient(client), env });
  const metrics = new Metrics({ namespace: metricNamespace(config.installation) });
  return {
    name: 'aws',
    machine: env.AWS_LAMBDA_FUNCTION_NAME ?? hostname(),
    config,
    catalog: new MeteredCatalog({
      catalog: new DynamoCatalog({ client: dynamodb, table: environment.HOLDFAST_TABLE }),
      metrics,
      retries,
    }),
    objects: new S3ObjectStore({
      client: s3,
      bucket: environment.HOLDFAST_BUCKET,
      backupPaths: config.backupPaths,
      log,
    }),
    own: ownDataOf(environment, config),
    vault: new KmsVault({
      client: new KMSClient(client),
      wrapKeyArn: environment.HOLDFAST_WRAP_KEY_ARN,
      signKeyArn: environment.HOLDFAST_SIGN_KEY_ARN,
    }),
    workflow: new SfnEngine({
      client: new SFNClient(client),
      machineArn: (kind) => `${environment.HOLDFAST_MACHINE_ARN_PREFIX}${kind}`,
    }),
    timers: timersFor(environment, client),
    ...notifiersFor(environment, config, client, { log, secrets }),
    measure: measureBy(metrics),
    secrets,
    askIssuer,
    pool: new SegmentPool(),
    segmentBytes: SEGMENT_BYTES,
    verifyBytes: VERIFY_BYTES,
    restoreBytes: RESTORE_BYTES,
    clock: systemClock,
    log,
    buckets: new S3BucketStore({ client: s3 }),
    tables: new DynamoTableStore({ client: dynamodb, s3, exportBucket: environment.HOLDFAST_BUCKET }),
  };
};

/** The bucket and the table of the store, and the places that a request may name in `backupPath`. */
const ownDataOf = (
  { HOLDFAST_BUCKET: bucket, HOLDFAST_TABLE: table }: AwsEnvironment,
  { backupPaths }: Config,
): OwnData => ({
  paths: [],
  buckets: [{ bucket, prefix: '' }, ...s3PlacesOf(backupPaths)],
  tables: [table],
});

const measureBy =
  (metrics: Metrics): NonNullable<Host['measure']> =>
  (dimensions, numbers, units) =>
    metrics.emit(
      dimensions,
      Object.fromEntries(
        Object.entries(numbers).map(([name, value]) => [name, { value, unit: units[name] ?? 'Count' }]),
      ),
    );

/** A function whose environment names no timers gets a host that cannot set any. */
const timersFor = (
  {
    HOLDFAST_TIMER_GROUP: group,
    HOLDFAST_TIMER_TARGET_ARN: targetArn,
    HOLDFAST_TIMER_ROLE_ARN: roleArn,
    HOLDFAST_TIMER_DEAD_LETTERS_ARN: deadLettersArn,
  }: AwsEnvironment,
  client: { maxAttempts: number },
): ScheduleTimers => {
  if (group === undefined || targetArn === undefined || roleArn === undefined || deadLettersArn === undefined)
    return noTimers;
  return new EventBridgeTimers({
    client: new SchedulerClient(client),
    ...{ group, targetArn, roleArn, deadLettersArn },
  });
};

const cannotSet = (): never => {
  throw new RangeError(
    'this function cannot set timers: its environment names no group of EventBridge Scheduler',
  );
};
const noTimers: ScheduleTimers = { ahead: 0, set: async () => cannotSet(), unset: async () => cannotSet() };

const notifiersFor = (
  { HOLDFAST_TOPIC_ARN: topicArn, HOLDFAST_EVENT_BUS: bus, HOLDFAST_MAIL_FROM: from }: AwsEnvironment,
  config: Config,
  client: { maxAttempts: number },
  { log, secrets }: Pick<Host, 'log' | 'secrets'>,
): Pick<Host, 'notifiers' | 'mailTo' | 'pingAt'> => {
  const { email, baseUrl } = config.notifications;
  const configured = configuredChannels(config, { secrets, clock: systemClock });
  const { pingAt } = configured;
  const notifiers: Notifier[] = [new LogNotifier(log), ...configured.notifiers];
  if (topicArn !== undefined) notifiers.push(new SnsNotifier({ client: new SNSClient(client), topicArn }));
  if (bus !== undefined)
    notifiers.push(new EventBridgeNotifier({ client: new EventBridgeClient(client), bus }));
  const sender = email?.from ?? from;
  if (sender === undefined) return { notifiers, pingAt };
  const ses = new SESv2Client(client);
  // Each recipient is a channel of its own: a refused one is tried again without the others.
  const mailTo = (address: string): Notifier =>
    new SesNotifier({ client: ses, from: sender, to: [address], channel: `email:${address}`, baseUrl });
  return { notifiers: [...notifiers, ...[...new Set(email?.to)].map(mailTo)], mailTo, pingAt };
};
