/** What Holdfast may do with a bucket that it backs up or restores to. */
import { type AwsRights, onKey, onResources } from '../aws-rights.ts';

export interface BucketOnAws {
  readonly bucketArn: string;
  /** Only keys with this beginning. */
  readonly prefix: string;
  /** Its customer-managed key. */
  readonly keyArn?: string | undefined;
}

export const bucketRights = ({ bucketArn, prefix, keyArn }: BucketOnAws): AwsRights => {
  const objects = `${bucketArn}/${prefix}*`;
  const look = onResources(['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketVersioning'], bucketArn);
  return {
    look: [look],
    plan: [look],
    capture: [
      look,
      onResources(
        ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTagging', 's3:GetObjectVersionTagging'],
        objects,
      ),
      ...onKey(keyArn, 's3', ['kms:Decrypt']),
    ],
    restore: [
      look,
      // Existing objects are read, to recognise what an earlier attempt has written.
      onResources(
        ['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'],
        objects,
      ),
      ...onKey(keyArn, 's3', ['kms:Decrypt', 'kms:GenerateDataKey']),
    ],
  };
};
