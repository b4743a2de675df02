/** Tables of a stub DynamoDB as sources and targets of the kind `dynamodb`, and a stub S3 for their exports. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoTableStore } from '../../../lib/hosts/aws/sources/dynamo-table-store.ts';
import type { DynamodbSettings } from '../../../lib/model/config.ts';
import { clientConfig } from '../../emulators/credentials.ts';
import { type FaultRule, noFaults } from '../../stubs/faults.ts';
import { type StubDynamodb, startStubDynamodb } from '../../stubs/stub-dynamodb.ts';
import { type StubS3, startStubS3 } from '../../stubs/stub-s3.ts';
import type { Stub } from '../../stubs/stub-server.ts';

export interface StubbedTables {
  readonly dynamodb: StubDynamodb;
  readonly s3: StubS3;
  readonly stub: Stub;
  readonly tables: DynamoTableStore;
  close(): Promise<void>;
}

/** The caller closes it. */
export const startStubbedTables = async (
  fault: FaultRule = noFaults,
  { maxAttempts = 1 }: { readonly maxAttempts?: number } = {},
): Promise<StubbedTables> => {
  const { dynamodb, stub } = await startStubDynamodb(fault);
  const { s3, stub: bucketStub } = await startStubS3(fault);
  s3.bucket('exports');
  const client = new DynamoDBClient({ ...clientConfig(stub.endpoint), maxAttempts });
  const s3Client = new S3Client({
    ...clientConfig(bucketStub.endpoint),
    forcePathStyle: true,
    maxAttempts,
  });
  return {
    dynamodb,
    s3,
    stub,
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
