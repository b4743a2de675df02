import { DeleteTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Smoke } from './smoke.ts';

/** Removes what prevents a stack's deletion, and what belongs to no stack. */
export const clean = async ({
  aws,
  sourceBucket,
  targetBucket,
  archiveBucket,
  targetTable,
}: Smoke): Promise<void> => {
  for (const bucket of [sourceBucket, targetBucket, archiveBucket]) await empty(aws.s3, bucket);
  await aws.dynamodb.send(new DeleteTableCommand({ TableName: targetTable })).catch((thrown: unknown) => {
    // The table does not exist when no restore has run.
    if (!(thrown instanceof ResourceNotFoundException)) throw thrown;
  });
};

/** Empties the bucket page by page, with every version and every delete marker. */
const empty = async (client: S3Client, Bucket: string): Promise<void> => {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    const [error] = Errors;
    if (error !== undefined)
      throw new Error(`${error.Key} in ${Bucket} could not be deleted: ${error.Code} ${error.Message}`);
  }
};
