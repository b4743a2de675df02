import { Arn, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { noPlaceOnAws } from '../model/aws-config.ts';
import { parseS3Place } from '../model/s3-place.ts';
import type { Place } from './rights.ts';

/** `s3://bucket/prefix` as the resource of a right. @throws Error for a path that is no place in S3 */
export const placesOf = (scope: Construct, backupPaths: readonly string[]): Place[] =>
  backupPaths.map((path) => {
    const place = parseS3Place(path);
    if (place === undefined) throw new Error(noPlaceOnAws(path));
    const bucketArn = Arn.format(
      { service: 's3', resource: place.bucket, region: '', account: '' },
      Stack.of(scope),
    );
    return { bucketArn, prefix: place.prefix };
  });
