/** Where a request may have its archive stored, besides the installation's own bucket. */
import type { Construct } from 'constructs';
import { noPlaceOnAws } from '../../model/config/aws-config.ts';
import { parseS3Place, type S3Place } from '../../model/config/s3-place.ts';
import { bucketArnOf, type SourceBucket, type SourceKey } from './component.ts';

/** A place in a bucket of this app, or of an imported one. */
export interface BackupPlace {
  readonly bucket: SourceBucket;
  /**
   * The prefix of the archives: `backups/acme`.
   *
   * @default the bucket itself
   */
  readonly prefix?: string;
}

/** A place as a resource for rights. */
export interface Place {
  readonly bucketArn: string;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
  readonly encryptionKey?: SourceKey | undefined;
}

/** The place as a request names it. */
export const pathOf = (place: string | BackupPlace): string => {
  if (typeof place === 'string') return place;
  const { bucket, prefix } = s3PlaceOf(place);
  return `s3://${bucket}/${prefix}`.replace(/\/$/, '');
};

/** @throws Error for a path that is not a place in S3 */
export const s3PlaceOf = (place: string | BackupPlace): S3Place => {
  if (typeof place === 'string') {
    const parsed = parseS3Place(place);
    if (parsed === undefined) throw new Error(noPlaceOnAws(place));
    return parsed;
  }
  // The rules for places exist once, so they check this prefix with a known name.
  const { bucket, prefix = '' } = place;
  const path = prefix === '' ? '' : `/${prefix}`;
  const parsed = parseS3Place(`s3://any-bucket${path}`);
  if (parsed === undefined) throw new Error(noPlaceOnAws(`s3://${bucket.bucketName}${path}`));
  return { bucket: bucket.bucketName, prefix: parsed.prefix };
};

/** @throws Error for a path that is not a place in S3 */
export const placesOf = (scope: Construct, places: readonly (string | BackupPlace)[]): Place[] =>
  places.map((place) => {
    const { bucket, prefix } = s3PlaceOf(place);
    if (typeof place !== 'string')
      return { bucketArn: place.bucket.bucketArn, prefix, encryptionKey: place.bucket.encryptionKey };
    return { bucketArn: bucketArnOf(scope, bucket), prefix };
  });
