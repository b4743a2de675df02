/**
 * A place for archives on AWS, as the configuration names it: the construct's grants and the functions must read it in
 * the same way.
 */
const PLACE = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[^/]+)*)\/?$/;

/**
 * Endings that S3 keeps for access points: another name of a bucket, which nobody could recognise as that bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
const ACCESS_POINT = /^arn:|(?:-s3alias|--ol-s3|\.mrap)$/;
export const NO_ACCESS_POINT = 'is an access point: name its bucket instead';

export const isAccessPoint = (bucket: string): boolean => ACCESS_POINT.test(bucket);

export interface S3Place {
  readonly bucket: string;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
}

/** Parses `s3://bucket` or `s3://bucket/prefix`; undefined for anything else, and for an access point. */
export const parseS3Place = (text: string): S3Place | undefined => {
  const [, bucket, path = ''] = PLACE.exec(text) ?? [];
  return bucket === undefined || isAccessPoint(bucket)
    ? undefined
    : { bucket, prefix: path === '' ? '' : `${path.slice(1)}/` };
};
