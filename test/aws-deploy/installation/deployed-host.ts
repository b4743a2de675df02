/** A deployed installation for the acceptance suite, and the parts that only AWS has. */
import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { expect } from '@jest/globals';
import { DynamoCatalog } from '../../../lib/adapters/aws/catalog/dynamo-catalog.ts';
import { bucketPrefixes } from '../../../lib/model/aws-environment.ts';
import { parseS3Place } from '../../../lib/model/config/s3-place.ts';
import type { OperationKind } from '../../../lib/model/records/operation.ts';
import { Api } from '../../acceptance/api.ts';
import type { AcceptanceHost } from '../../acceptance/host.ts';
import { type AwsClients, awsClients, mailsOf } from './aws-clients.ts';
import { DeployedFunctions } from './deployed-functions.ts';
import {
  type DeployedInstallation,
  northBucket,
  placeBucket,
  sourceBucket,
  sourceTable,
} from './deployed-installation.ts';
import { expectRestored, expectRestoredAsFolders, fillSources } from './deployed-sources.ts';

export class DeployedHost implements AcceptanceHost {
  readonly api: Api;
  readonly aws: AwsClients;
  readonly seconds = 120;
  /** API Gateway answers 403 when its authorizer refuses; the embedded host answers 401. */
  readonly wrongToken = 403;
  readonly components = ['uploads', 'orders'];
  /** Every task starts a function, so any backup runs long enough. */
  readonly long = {};
  readonly listed = { component: 'uploads', path: 'letter.txt' };
  readonly hasLinks = false;
  readonly sources = { uploads: `s3://${sourceBucket}/`, north: `s3://${northBucket}/` };
  readonly places = {
    other: `s3://${placeBucket}`,
    unknown: 's3://trial-not-named',
    // The configuration names this bucket, but it does not exist.
    unwritable: `s3://${placeBucket}-missing`,
  };
  readonly targets = { uploads: `${sourceBucket}-copy`, orders: `${sourceTable}-copy` };
  readonly deployed: DeployedInstallation;
  readonly functions: DeployedFunctions;

  constructor(deployed: DeployedInstallation) {
    this.deployed = deployed;
    this.api = new Api(deployed.url, deployed.token);
    this.aws = awsClients(deployed.endpoint);
    this.functions = new DeployedFunctions(this.aws.lambda, deployed);
  }

  fillSources(): Promise<void> {
    return fillSources(this.aws);
  }

  expectRestored(): Promise<void> {
    return expectRestored(this.aws, this.targets);
  }

  /** Compares a bucket with a folder of objects, and a table with lines of items. */
  expectRestoredAsFolders = expectRestoredAsFolders;

  get publicUrl(): string {
    return this.deployed.publicUrl;
  }

  newTarget(name: string): string {
    return `s3://${sourceBucket}-copy/targets/${name}/`;
  }

  async read(target: string, path: string): Promise<string | undefined> {
    try {
      const { Body } = await this.aws.s3.send(new GetObjectCommand(objectAt(target, path)));
      return await Body?.transformToString();
    } catch (thrown) {
      if (thrown instanceof NoSuchKey) return undefined;
      throw thrown;
    }
  }

  async write(target: string, path: string, Body: string): Promise<void> {
    await this.aws.s3.send(new PutObjectCommand({ ...objectAt(target, path), Body }));
  }

  async remove(target: string, path: string): Promise<void> {
    await this.aws.s3.send(new DeleteObjectCommand(objectAt(target, path)));
  }

  /** Uploads directly to S3: the ticket's URL needs no token. */
  async sendPart(url: string, bytes: Uint8Array): Promise<void> {
    const response = await fetch(url, { method: 'PUT', body: Uint8Array.from(bytes) });
    expect([response.status, await response.text()]).toEqual([200, '']);
  }

  /** Downloads directly from S3, by a URL that needs no token. */
  async fetchArchive(url: string): Promise<Buffer> {
    return Buffer.from(await (await fetch(url)).arrayBuffer());
  }

  async stored(): Promise<string[]> {
    const keys: string[] = [];
    const Bucket = await this.archiveBucket();
    // The deployment stores the configuration in the same bucket.
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.aws.s3 }, { Bucket }))
      for (const { Key = '' } of Contents)
        if (!Key.startsWith(bucketPrefixes.config)) keys.push(Key.replace(/^archives\//, ''));
    return keys;
  }

  async archiveBucket(): Promise<string> {
    return (await this.functions.variablesOf('capture')).HOLDFAST_BUCKET ?? '';
  }

  async openCatalog(): Promise<DynamoCatalog> {
    const { HOLDFAST_TABLE: table = '' } = await this.functions.variablesOf('capture');
    return new DynamoCatalog({ client: this.aws.dynamodb, table });
  }

  mails(): Promise<string[]> {
    return mailsOf(this.deployed.endpoint);
  }

  async fire(at: string): Promise<void> {
    await this.functions.succeed('scheduled-backup', { scheduleId: 'nightly', at });
  }

  async sweep(): Promise<void> {
    await this.functions.succeed('sweep', {});
  }

  async allowBackupToken(principal: string): Promise<void> {
    await this.functions.succeed('admin-token', { allowBackupToken: principal });
  }

  /**
   * Changes the configuration as a deployment does: stores a new object in the installation's bucket, and
   * gives its key to the functions.
   */
  async configure(changes: Readonly<Record<string, unknown>>): Promise<() => Promise<void>> {
    const { HOLDFAST_BUCKET: Bucket, HOLDFAST_CONFIG_KEY: before = '' } =
      await this.functions.variablesOf('capture');
    const { Body } = await this.aws.s3.send(new GetObjectCommand({ Bucket, Key: before }));
    const text = JSON.stringify({ ...JSON.parse((await Body?.transformToString()) ?? ''), ...changes });
    const Key = `${bucketPrefixes.config}${createHash('sha256').update(text).digest('hex')}.json`;
    await this.aws.s3.send(new PutObjectCommand({ Bucket, Key, Body: text }));
    await this.functions.tellConfigKey(Key);
    return () => this.functions.tellConfigKey(before);
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
}

const objectAt = (target: string, path: string): { Bucket: string; Key: string } => {
  const place = parseS3Place(target);
  if (place === undefined) throw new Error(`${target} is no place in S3`);
  return { Bucket: place.bucket, Key: `${place.prefix}${path}` };
};
