/** A stub DynamoDB with sources and targets of the kind `dynamodb`, and a stub S3 for their exports. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { DynamoTableStore } from '../../../../lib/adapters/aws/sources/tables/dynamo-table-store.ts';
import type { DynamodbSettings } from '../../../../lib/model/components/dynamodb.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { type FaultRule, noFaults } from '../../../stubs/faults.ts';
import { type StubDynamodb, startStubDynamodb } from '../../../stubs/stub-dynamodb.ts';
import { type StubS3, startStubS3 } from '../../../stubs/stub-s3.ts';
import type { Stub } from '../../../stubs/stub-server.ts';

export interface StubbedTables {
  readonly dynamodb: StubDynamodb;
  readonly s3: StubS3;
  readonly stub: Stub;
  /** A test may replace the rule at any time. */
  readonly faults: { rule: FaultRule };
  readonly tables: DynamoTableStore;
  close(): Promise<void>;
}

/** Starts the stubs. The caller closes them. */
export const startStubbedTables = async (
  fault: FaultRule = noFaults,
  { maxAttempts = 1, retryStrategy }: Pick<S3ClientConfig, 'retryStrategy'> & { maxAttempts?: number } = {},
): Promise<StubbedTables> => {
  const faults = { rule: fault };
  const { dynamodb, stub } = await startStubDynamodb((call) => faults.rule(call));
  const { s3, stub: bucketStub } = await startStubS3((call) => faults.rule(call));
  s3.bucket('exports');
  const tries = { maxAttempts, ...(retryStrategy && { retryStrategy }) };
  const client = new DynamoDBClient({ ...clientConfig(stub.endpoint), ...tries });
  const s3Client = new S3Client({ ...clientConfig(bucketStub.endpoint), forcePathStyle: true, ...tries });
  return {
    dynamodb,
    s3,
    stub,
    faults,
    tables: new DynamoTableStore({ client, s3: s3Client, exportBucket: 'exports' }),
    close: async () => {
      client.destroy();
      s3Client.destroy();
      await stub.stop();
      await bucketStub.stop();
    },
  };
};

export const tableSettings = (table: string): DynamodbSettings => ({
  id: 'orders',
  domain: 'root',
  kind: 'dynamodb',
  table,
});
