/** The AWS host: every port on a service of AWS, as this function's environment names them. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SegmentPool } from '../../archive/segments/segment-pool.ts';
import { type AwsEnvironment, parseAwsEnvironment } from '../../model/aws-environment.ts';
import { metricNamespace } from '../../model/component-metrics.ts';
import { type Config, configSchema } from '../../model/config.ts';
import { withDeployedNames } from '../../model/deployed-names.ts';
import { HoldfastError } from '../../model/errors.ts';
import { archivesWithin, s3PlacesOf } from '../../model/own-archives.ts';
import { systemClock } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { JsonLogger } from '../json-logger.ts';
import { LogNotifier } from '../log-notifier.ts';
import { DynamoCatalog } from './catalog/dynamo-catalog.ts';
import { MeteredCatalog } from './catalog/metered-catalog.ts';
import { AwsSecrets } from './keys/aws-secrets.ts';
import { KmsVault } from './keys/kms-vault.ts';
import { Metrics } from './metrics.ts';
import { EventBridgeNotifier } from './notifiers/eventbridge-notifier.ts';
import { SesNotifier } from './notifiers/ses-notifier.ts';
import { SnsNotifier } from './notifiers/sns-notifier.ts';
import { clientSettings } from './sdk/client-settings.ts';
import { SdkRetries } from './sdk/sdk-retries.ts';
import { DynamoTableStore } from './sources/dynamo-table-store.ts';
import { S3BucketStore } from './sources/s3-bucket-store.ts';
import { S3ObjectStore } from './store/s3-object-store.ts';
import { SfnEngine } from './workflow/sfn-engine.ts';

/** S3 copies no piece below 5 MiB server-side: fewer are so small when compressed. */
const SEGMENT_BYTES = 32 * 1024 * 1024;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Made once in a function's environment, and kept for all its calls.
 *
 * @throws HoldfastError `config_invalid` when the environment or the configuration is not what the construct writes.
 */
export const createAwsHost = async (env: Variables): Promise<Host> => {
  const environment = parseAwsEnvironment(env);
  const config = await readConfig(environment.HOLDFAST_CONFIG_FILE, env);
  requireForeign(config, environment);
  const retries = new SdkRetries();
  const client = clientSettings(retries);
  // With an endpoint of one's own, an emulator's, names of buckets are no names of hosts.
  const s3 = new S3Client({ ...client, forcePathStyle: env.AWS_ENDPOINT_URL !== undefined });
  const dynamodb = new DynamoDBClient(client);
  const log = new JsonLogger({
    pretty: false,
    write: (line) => process.stdout.write(`${line}\n`),
    fields: { function: env.AWS_LAMBDA_FUNCTION_NAME },
  });
  return {
    name: 'aws',
    machine: env.AWS_LAMBDA_FUNCTION_NAME ?? hostname(),
    config,
    catalog: new MeteredCatalog({
      catalog: new DynamoCatalog({ client: dynamodb, table: environment.HOLDFAST_TABLE }),
      metrics: new Metrics({ namespace: metricNamespace(config.installation) }),
      retries,
    }),
    objects: new S3ObjectStore({
      client: s3,
      bucket: environment.HOLDFAST_BUCKET,
      backupPaths: config.backupPaths,
    }),
    own: {
      paths: [],
      buckets: [{ bucket: environment.HOLDFAST_BUCKET, prefix: '' }, ...s3PlacesOf(config.backupPaths)],
      tables: [environment.HOLDFAST_TABLE],
    },
    vault: new KmsVault({
      client: new KMSClient(client),
      wrapKeyArn: environment.HOLDFAST_WRAP_KEY_ARN,
      signKeyArn: environment.HOLDFAST_SIGN_KEY_ARN,
    }),
    workflow: new SfnEngine({
      client: new SFNClient(client),
      machines: {
        backup: environment.HOLDFAST_BACKUP_MACHINE_ARN,
        restore: environment.HOLDFAST_RESTORE_MACHINE_ARN,
        verify: environment.HOLDFAST_VERIFY_MACHINE_ARN,
        import: environment.HOLDFAST_IMPORT_MACHINE_ARN,
        reseal: environment.HOLDFAST_RESEAL_MACHINE_ARN,
      },
    }),
    notifiers: [new LogNotifier(log), ...notifiersFor(environment, config, client)],
    secrets: new AwsSecrets({ client: new SecretsManagerClient(client), env }),
    pool: new SegmentPool(),
    segmentBytes: SEGMENT_BYTES,
    clock: systemClock,
    log,
    buckets: new S3BucketStore({ client: s3 }),
    tables: new DynamoTableStore({ client: dynamodb, s3, exportBucket: environment.HOLDFAST_BUCKET }),
  };
};

const readConfig = async (file: string, env: Variables): Promise<Config> => {
  const path = resolve(env.LAMBDA_TASK_ROOT ?? '.', file);
  try {
    return configSchema.parse(JSON.parse(withDeployedNames(await readFile(path, 'utf8'), env)));
  } catch (cause) {
    throw new HoldfastError(
      'config_invalid',
      `the configuration ${path} that was deployed with this function cannot be used: ${Object(cause).message}`,
      { cause },
    );
  }
};

/** @throws HoldfastError `config_invalid` for a component that is the installation's own bucket, or its catalog */
const requireForeign = (
  { components }: Config,
  { HOLDFAST_BUCKET, HOLDFAST_TABLE }: AwsEnvironment,
): void => {
  const [wrong] = archivesWithin(components, [{ bucket: HOLDFAST_BUCKET, prefix: '' }]);
  if (wrong !== undefined) throw new HoldfastError('config_invalid', wrong);
  const catalog = components.find((one) => one.kind === 'dynamodb' && one.table === HOLDFAST_TABLE);
  if (catalog !== undefined)
    throw new HoldfastError(
      'config_invalid',
      `component "${catalog.id}" is ${HOLDFAST_TABLE}, the catalog of Holdfast itself, which is in no backup; name a table of your own, or take the component out`,
    );
};

const notifiersFor = (
  { HOLDFAST_TOPIC_ARN: topicArn, HOLDFAST_EVENT_BUS: bus, HOLDFAST_MAIL_FROM: from }: AwsEnvironment,
  { notifications: { email } }: Config,
  client: { maxAttempts: number },
): Notifier[] => {
  const notifiers: Notifier[] = [];
  if (topicArn !== undefined) notifiers.push(new SnsNotifier({ client: new SNSClient(client), topicArn }));
  if (bus !== undefined)
    notifiers.push(new EventBridgeNotifier({ client: new EventBridgeClient(client), bus }));
  const sender = email?.from ?? from;
  if (email !== undefined && sender !== undefined)
    notifiers.push(new SesNotifier({ client: new SESv2Client(client), from: sender, to: email.to }));
  return notifiers;
};
