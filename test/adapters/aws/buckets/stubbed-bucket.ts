/** Buckets of a stub S3 as sources and targets of the kind `s3`. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { S3BucketStore } from '../../../../lib/adapters/aws/sources/buckets/s3-bucket-store.ts';
import type { S3Settings } from '../../../../lib/model/components/s3.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { type FaultRule, noFaults } from '../../../stubs/faults.ts';
import { type StubS3, startStubS3 } from '../../../stubs/stub-s3.ts';
import type { Stub } from '../../../stubs/stub-server.ts';

export interface StubbedBuckets {
  readonly s3: StubS3;
  readonly stub: Stub;
  /** A test may replace the rule at any time. */
  readonly faults: { rule: FaultRule };
  readonly client: S3Client;
  readonly buckets: S3BucketStore;
  /** A bucket store with no state from earlier calls, as a newly started function has it. */
  newBuckets(): S3BucketStore;
  close(): Promise<void>;
}

/** Starts the stub. The caller closes it. */
export const startStubbedBuckets = async (
  fault: FaultRule = noFaults,
  { maxAttempts = 1, retryStrategy }: Pick<S3ClientConfig, 'retryStrategy'> & { maxAttempts?: number } = {},
): Promise<StubbedBuckets> => {
  const faults = { rule: fault };
  const { s3, stub } = await startStubS3((call) => faults.rule(call));
  const client = new S3Client({
    ...clientConfig(stub.endpoint),
    forcePathStyle: true,
    maxAttempts,
    ...(retryStrategy && { retryStrategy }),
  });
  const newBuckets = () => new S3BucketStore({ client });
  return {
    s3,
    stub,
    faults,
    client,
    buckets: newBuckets(),
    newBuckets,
    close: async () => {
      client.destroy();
      await stub.stop();
    },
  };
};

export const bucketSettings = (bucket: string, prefix = ''): S3Settings => ({
  id: 'uploads',
  domain: 'root',
  kind: 's3',
  bucket,
  prefix,
});
