/** Buckets of a stub S3 as sources and targets of the kind `s3`. */
import { S3Client } from '@aws-sdk/client-s3';
import { S3BucketStore } from '../../../lib/hosts/aws/sources/s3-bucket-store.ts';
import type { S3Settings } from '../../../lib/model/config.ts';
import { clientConfig } from '../../emulators/credentials.ts';
import { type FaultRule, noFaults } from '../../stubs/faults.ts';
import { type StubS3, startStubS3 } from '../../stubs/stub-s3.ts';
import type { Stub } from '../../stubs/stub-server.ts';

export interface StubbedBuckets {
  readonly s3: StubS3;
  readonly stub: Stub;
  readonly client: S3Client;
  readonly buckets: S3BucketStore;
  close(): Promise<void>;
}

/** The caller closes it. */
export const startStubbedBuckets = async (
  fault: FaultRule = noFaults,
  { maxAttempts = 1 }: { readonly maxAttempts?: number } = {},
): Promise<StubbedBuckets> => {
  const { s3, stub } = await startStubS3(fault);
  const client = new S3Client({ ...clientConfig(stub.endpoint), forcePathStyle: true, maxAttempts });
  return {
    s3,
    stub,
    client,
    buckets: new S3BucketStore({ client }),
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
