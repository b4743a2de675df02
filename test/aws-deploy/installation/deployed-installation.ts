/** A whole installation, deployed by the CDK's command line onto a new MiniStack. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import * as z from 'zod';
import { packageRoot } from '../../../lib/infra/packaged.ts';
import { settings, setup } from '../../acceptance/host.ts';
import { clientConfig, testCredentials, testRegion } from '../../emulators/credentials.ts';
import { startMinistack } from '../../emulators/ministack.ts';
import { changeTemplate, fitForMinistack } from './emulator-assembly.ts';
import { type Front, startFront } from './front.ts';
import { runProgram } from './run-program.ts';

export const installation = 'trial';
export const sourceBucket = 'trial-uploads';
export const sourceTable = 'trial-orders';
/** The source of the component `north`. */
export const northBucket = 'trial-north';
/** A second place for archives, besides the installation's own bucket. */
export const placeBucket = 'trial-vault';
const triggerSecret = 'trial-trigger';
const account = '000000000000';

/** The deployed configuration: buckets and a table, disabled schedules, triggers, mail. */
const config = {
  ...settings,
  installation,
  approval: { actions: ['policy.change'], newApproverHours: 0 },
  components: [
    { id: 'uploads', kind: 's3', bucket: sourceBucket, afterRestore: setup.afterRestore },
    { id: 'orders', kind: 'dynamodb', table: sourceTable },
    { id: 'north', kind: 's3', bucket: northBucket, domain: 'north' },
  ],
  backupPaths: [`s3://${placeBucket}`, `s3://${placeBucket}-missing`],
  schedules: [
    {
      ...{ id: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin', label: 'nightly' },
      components: ['uploads', 'orders'],
    },
    { id: 'often', cron: '* * * * *', label: 'often', components: ['orders'], enabled: false },
  ],
  triggers: [
    {
      ...{ id: 'deployed', kind: 'webhook', label: 'pruned', components: ['orders'] },
      secrets: [{ secretsManager: triggerSecret }],
    },
    {
      ...{ id: 'released', kind: 'event', label: 'released', components: ['orders'], waitMinutes: 10 },
      pattern: { source: ['trial.releases'] },
    },
  ],
  notifications: {
    ...settings.notifications,
    email: { to: ['ops@example.com'], from: 'holdfast@example.com' },
  },
  aws: { restoreTargets: { buckets: [`${sourceBucket}-copy`], tables: [`${sourceTable}-copy`] } },
};

export interface DeployedInstallation {
  /** The emulator's URL. */
  readonly endpoint: string;
  /** The API's URL. */
  readonly url: string;
  /** The API's URL at its own domain name. */
  readonly publicUrl: string;
  readonly token: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The duration of each deployment step in seconds. */
  readonly took: Readonly<Record<string, number>>;
  readonly logFile: string;
  /** The name of a function in Lambda. */
  functionNamed(functionName: string): Promise<string>;
  /** Deploys again with every schedule enabled. */
  enableSchedules(): Promise<void>;
  stop(): Promise<void>;
}

/** Deploys within five minutes. The caller stops the installation. */
export const deployInstallation = async (): Promise<DeployedInstallation> => {
  const took: Record<string, number> = {};
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const done = await work();
    took[name] = Math.round((performance.now() - begun) / 100) / 10;
    return done;
  };
  const emulator = await step('ministack', () => startMinistack({ env: { PATH: ourPath, ...enforced } }));
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-deploy-'));
  let front: Front | undefined;
  const stop = async (): Promise<void> => {
    await front?.close();
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { endpoint, logFile } = emulator;
    await step('sources', () => makeSources(endpoint));
    const configFile = join(folder, 'holdfast.config.json');
    await writeFile(configFile, JSON.stringify(config));
    const env = cdkEnvironment(endpoint);
    const cdk = (cwd: string, ...args: string[]) =>
      runProgram('node', [join(packageRoot, 'node_modules/aws-cdk/bin/cdk'), ...args], { cwd, env });
    // Without a cdk.json, the CDK needs only the account.
    await step('bootstrap', () => cdk(folder, 'bootstrap', `aws://${account}/${testRegion}`));
    const outputsFile = join(folder, 'outputs.json');
    const assembly = join(folder, 'cdk.out');
    await step('synth', () =>
      cdk(
        packageRoot,
        ...['synth', '--quiet', '--output', assembly, '-c', `config=${configFile}`, '-c', 'disposable=true'],
      ),
    );
    await fitForMinistack(assembly);
    await step('deploy', () =>
      cdk(
        folder,
        ...[
          'deploy',
          '--all',
          '--app',
          assembly,
          '--require-approval',
          'never',
          '--outputs-file',
          outputsFile,
        ],
      ),
    );
    const enableSchedules = async (): Promise<void> => {
      await changeTemplate(assembly, `holdfast-${installation}-service`, (text) =>
        text.replaceAll('"State":"DISABLED"', '"State":"ENABLED"'),
      );
      await cdk(folder, 'deploy', '--all', '--app', assembly, '--require-approval', 'never');
    };
    const outputs = outputsSchema.parse(JSON.parse(await readFile(outputsFile, 'utf8')))[
      `holdfast-${installation}-service`
    ];
    const output = (prefix: string): string => {
      const [, value] = Object.entries(outputs ?? {}).find(([name]) => name.startsWith(prefix)) ?? [];
      if (value === undefined) throw new Error(`the deployment has no output ${prefix}`);
      return value;
    };
    const { token } = await step('admin token', () => firstToken(endpoint, output('HoldfastAdminToken')));
    const url = urlOn(endpoint, output('HoldfastUrl'));
    front = await startFront(url);
    return {
      endpoint,
      url,
      publicUrl: front.url,
      token,
      outputs: outputs ?? {},
      took,
      logFile,
      stop,
      functionNamed: (functionName) => functionNamed(endpoint, functionName),
      enableSchedules,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};

const outputsSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** Settings under which every request must be signed and allowed by the deployed policies. */
const enforced = {
  AUTH: 'true',
  AWS_ACCESS_KEY_ID: testCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testCredentials.secretAccessKey,
};

/** The CDK and the functions run on the same Node as this process. */
const ourPath = [dirname(process.execPath), process.env.PATH].join(delimiter);

const cdkEnvironment = (endpoint: string) => ({
  ...process.env,
  PATH: ourPath,
  AWS_ENDPOINT_URL: endpoint,
  // The emulator serves buckets below a path, not under a host name of their own.
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: testCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testCredentials.secretAccessKey,
  AWS_REGION: testRegion,
  AWS_DEFAULT_REGION: testRegion,
  CDK_DEFAULT_ACCOUNT: account,
  CDK_DEFAULT_REGION: testRegion,
  CDK_DISABLE_VERSION_CHECK: '1',
  CI: 'true',
});

/** Makes the sources, versioned buckets and a table, and the verified mail sender. */
const makeSources = async (endpoint: string): Promise<void> => {
  const s3 = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true });
  for (const Bucket of [sourceBucket, `${sourceBucket}-copy`, northBucket, placeBucket])
    await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: sourceBucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const secrets = new SecretsManagerClient(clientConfig(endpoint));
  await secrets.send(new CreateSecretCommand({ Name: triggerSecret, SecretString: setup.triggerSecret }));
  const ses = new SESv2Client(clientConfig(endpoint));
  for (const EmailIdentity of ['holdfast@example.com', 'ops@example.com'])
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity }));
  const dynamodb = new DynamoDBClient(clientConfig(endpoint));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: sourceTable,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
};

const functionNamed = async (endpoint: string, functionName: string): Promise<string> => {
  const lambda = new LambdaClient(clientConfig(endpoint));
  const pattern = new RegExp(`-Holdfast${functionName.replaceAll('-', '')}[0-9A-F]{4,}`);
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {}))
    for (const { FunctionName = '' } of Functions) if (pattern.test(FunctionName)) return FunctionName;
  throw new Error(`there is no function ${functionName}`);
};

const tokenSchema = z.object({ token: z.string() });

/** Makes the first token as an operator does: by `aws lambda invoke`. */
const firstToken = async (endpoint: string, functionName: string): Promise<{ token: string }> => {
  const lambda = new LambdaClient(clientConfig(endpoint));
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: functionName }));
  const answer = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined) throw new Error(`no token: ${answer}`);
  return tokenSchema.parse(JSON.parse(answer));
};

/** The emulator serves an API below a path; the API's own host name would not resolve. */
const urlOn = (endpoint: string, url: string): string => {
  // `new URL` cannot parse it, because the emulator's host name ends in a number.
  const [, apiId = ''] = /^https?:\/\/(\w+)\.execute-api\./.exec(url) ?? [];
  return `${endpoint}/_aws/execute-api/${apiId}/$default`;
};
