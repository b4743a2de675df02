/** A deployed installation as the acceptance suite sees it, and what only AWS has of it. */
import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { expect } from '@jest/globals';
import type { FunctionName } from '../../lib/infra/functions/function-table.ts';
import { bucketPrefixes } from '../../lib/model/aws-environment.ts';
import type { OperationKind } from '../../lib/model/records/operation.ts';
import { Api } from '../acceptance/api.ts';
import type { AcceptanceHost } from '../acceptance/host.ts';
import { type AwsClients, awsClients, mailsOf } from './aws-clients.ts';
import { type DeployedInstallation, sourceBucket, sourceTable } from './deployed-installation.ts';

const objects = new Map([
  ['docs/letter.txt', 'Dear all,'],
  ['docs/ümläut and space.txt', 'grüße'],
  ['empty', ''],
]);
const ITEMS = 30;

/** What a function is given to load before its own code: no catch and no `finally` sees what it does. */
const KILLER = `
  import { subscribe } from 'node:diagnostics_channel';
  subscribe('http.client.request.start', ({ request }) => {
    if (request.method === 'PUT') process.kill(process.pid, 'SIGKILL');
  });`;

type Configuration = Pick<FunctionConfiguration, 'Timeout' | 'Environment'>;

export class DeployedHost implements AcceptanceHost {
  readonly api: Api;
  readonly aws: AwsClients;
  readonly seconds = 120;
  /** API Gateway itself answers for its authorizer, and says 403 where the embedded host says 401. */
  readonly wrongToken = 403;
  readonly components = ['uploads', 'orders'];
  /** Every task is a function to be started first. */
  readonly long = {};
  readonly listed = { component: 'uploads', path: 'letter.txt' };
  readonly targets = { uploads: `${sourceBucket}-copy`, orders: `${sourceTable}-copy` };
  readonly deployed: DeployedInstallation;

  constructor(deployed: DeployedInstallation) {
    this.deployed = deployed;
    this.api = new Api(deployed.url, deployed.token);
    this.aws = awsClients(deployed.endpoint);
  }

  /** Puts into bucket and table what is backed up. */
  async fillSources(): Promise<void> {
    for (const [Key, Body] of objects)
      await this.aws.s3.send(
        new PutObjectCommand({
          Bucket: sourceBucket,
          Key,
          Body: Buffer.from(Body),
          ContentType: 'text/plain; charset=utf-8',
          Metadata: { owner: 'tests' },
          Tagging: 'kind=test',
        }),
      );
    for (let index = 0; index < ITEMS; index++)
      await this.aws.dynamodb.send(
        new PutItemCommand({
          TableName: sourceTable,
          Item: {
            id: { S: `order-${index}` },
            total: { N: '12345678901234567890.123456789' },
            blob: { B: Buffer.of(0, index, 255) },
          },
        }),
      );
  }

  async expectRestored(): Promise<void> {
    for (const [Key, text] of objects) {
      const copy = await this.aws.s3.send(new GetObjectCommand({ Bucket: this.targets.uploads, Key }));
      expect(await copy.Body?.transformToString()).toBe(text);
      expect(copy).toMatchObject({
        ContentType: 'text/plain; charset=utf-8',
        Metadata: { owner: 'tests' },
        TagCount: 1,
      });
    }
    const TableName = this.targets.orders;
    expect((await this.aws.dynamodb.send(new ScanCommand({ TableName }))).Count).toBe(ITEMS);
    const { Item } = await this.aws.dynamodb.send(
      new GetItemCommand({ TableName, Key: { id: { S: 'order-7' } } }),
    );
    expect(Item).toMatchObject({ total: { N: '12345678901234567890.123456789' } });
    expect(Buffer.from(Item?.blob?.B ?? [])).toEqual(Buffer.of(0, 7, 255));
  }

  /** From S3 itself, by a URL that needs no token. */
  async fetchArchive(url: string): Promise<Buffer> {
    return Buffer.from(await (await fetch(url)).arrayBuffer());
  }

  async stored(): Promise<string[]> {
    const keys: string[] = [];
    const Bucket = await this.archiveBucket();
    // The configuration lies there from the deployment on.
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.aws.s3 }, { Bucket }))
      for (const { Key = '' } of Contents)
        if (!Key.startsWith(bucketPrefixes.config)) keys.push(Key.replace(/^archives\//, ''));
    return keys;
  }

  async archiveBucket(): Promise<string> {
    const FunctionName = await this.deployed.functionNamed('capture');
    const { Environment } = await this.aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return Environment?.Variables?.HOLDFAST_BUCKET ?? '';
  }

  mails(): Promise<string[]> {
    return mailsOf(this.deployed.endpoint);
  }

  async fire(at: string): Promise<void> {
    await this.invoke('scheduled-backup', { scheduleId: 'nightly', at });
  }

  async execution(kind: OperationKind, operationId: string): Promise<string | undefined> {
    return (await this.executionOf(kind, operationId)).status;
  }

  async executionOf(kind: OperationKind, operationId: string) {
    const { stateMachines = [] } = await this.aws.sfn.send(new ListStateMachinesCommand({}));
    const found = stateMachines.find(({ name }) => name === `holdfast-trial-${kind}`);
    const machine = found?.stateMachineArn ?? '';
    const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${operationId}`;
    return this.aws.sfn.send(new DescribeExecutionCommand({ executionArn }));
  }

  /** Gives a function so many seconds, for as long as `work` takes. */
  withLimit<T>(seconds: number, functionName: FunctionName, work: () => Promise<T>): Promise<T> {
    return this.#configured(functionName, () => ({ Timeout: seconds }), work);
  }

  /** A function dies by SIGKILL as it begins to store something, for as long as `work` takes. */
  whileKilled<T>(functionName: FunctionName, work: () => Promise<T>): Promise<T> {
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(KILLER)}`;
    const killed = ({ Environment }: Configuration): Configuration => ({
      Environment: { Variables: { ...Environment?.Variables, NODE_OPTIONS } },
    });
    return this.#configured(functionName, killed, work);
  }

  async #configured<T>(
    functionName: FunctionName,
    changed: (before: Configuration) => Configuration,
    work: () => Promise<T>,
  ): Promise<T> {
    const { lambda } = this.aws;
    const FunctionName = await this.deployed.functionNamed(functionName);
    const { Timeout, Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const set = (configuration: Configuration) =>
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...configuration }));
    await set(changed({ Timeout, Environment }));
    try {
      return await work();
    } finally {
      await set({ Timeout, Environment });
    }
  }

  /** Calls a function, and gives its answer: what it returned, or its error's own words. */
  async invoke(functionName: FunctionName, payload: unknown): Promise<{ failed: boolean; text: string }> {
    const FunctionName = await this.deployed.functionNamed(functionName);
    const { FunctionError, Payload } = await this.aws.lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    return { failed: FunctionError !== undefined, text: Buffer.from(Payload ?? []).toString() };
  }
}
