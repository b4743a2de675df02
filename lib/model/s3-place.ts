/** A place for archives on AWS, as the configuration names it: the grants and the functions must read it alike. */
const PLACE = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[^/]+)*)\/?$/;

export interface S3Place {
  readonly bucket: string;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
}

/** `s3://bucket` or `s3://bucket/prefix` taken apart; undefined for what is neither. */
export const parseS3Place = (text: string): S3Place | undefined => {
  const [, bucket, path = ''] = PLACE.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix: path === '' ? '' : `${path.slice(1)}/` };
};
