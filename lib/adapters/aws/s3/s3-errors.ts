/** What S3's refusals mean for an archive. */
import { type ErrorCode, HoldfastError } from '../../../model/errors.ts';
import { awsErrorName, awsStatus, fromAws, isAwsError, isDenied, refusalWords } from '../sdk/aws-errors.ts';
import type { S3Location } from './s3-places.ts';

/** HEAD requests have no body, so only the status names their errors. */
export const isMissing = (thrown: unknown): boolean =>
  isAwsError(thrown, 'NoSuchKey', 'NotFound', 'NoSuchVersion') ||
  (awsStatus(thrown) === 404 && !isAwsError(thrown, 'NoSuchBucket', 'NoSuchUpload'));

/** A conditional write that found an existing object. */
export const isTaken = (thrown: unknown): boolean =>
  isAwsError(thrown, 'PreconditionFailed') || awsStatus(thrown) === 412;

/** Two conditional writes at once: it is not decided yet which one succeeds. */
export const isRace = (thrown: unknown): boolean =>
  isAwsError(thrown, 'ConditionalRequestConflict', 'OperationAborted') || awsStatus(thrown) === 409;

export const isBeyondEnd = (thrown: unknown): boolean =>
  isAwsError(thrown, 'InvalidRange') || awsStatus(thrown) === 416;

/** The bucket is in another region, and only that region answers for it. */
export const isElsewhere = (thrown: unknown): boolean =>
  isAwsError(
    thrown,
    'PermanentRedirect',
    'AuthorizationHeaderMalformed',
    'IllegalLocationConstraintException',
  ) ||
  awsStatus(thrown) === 301 ||
  awsStatus(thrown) === 307;

const uri = ({ bucket, key }: S3Location): string => `s3://${bucket}/${key}`;

export const notFound = (object: S3Location, cause?: unknown): HoldfastError =>
  new HoldfastError('not_found', `${uri(object)} does not exist`, { cause });

export const cutShort = (object: S3Location, end: number, cause?: unknown): HoldfastError =>
  new HoldfastError('archive_cut', `${uri(object)} ends before byte ${end}: it was cut`, { cause });

export const fileExists = (object: S3Location, cause?: unknown): HoldfastError =>
  new HoldfastError('file_exists', `${uri(object)} already exists: choose another file name`, { cause });

/** The SDK's own message, without a name, for an answer that does not match its checksum. */
export const MISMATCH = 'Checksum mismatch';

/** Whether an answer arrived damaged: what was read of it must not be used. */
export const isDamaged = (thrown: unknown): boolean =>
  thrown instanceof Error && (thrown.message.startsWith(MISMATCH) || isDamaged(thrown.cause));

/** An error without a message of its own above: the common one for AWS, or a refusal in S3's words. */
const otherFailure = (
  thrown: unknown,
  object: S3Location,
  { code, what }: { code: ErrorCode; what: string },
): unknown => {
  const ours = fromAws(thrown, uri(object));
  const words = ours === thrown ? refusalWords(thrown) : undefined;
  if (words === undefined) return ours;
  return new HoldfastError(code, `${uri(object)} ${what} (${words}); fix what S3 reports, and try again`, {
    cause: thrown,
  });
};

/** A failed read or copy of an object. */
export const failedRead = (thrown: unknown, object: S3Location, end: number): unknown => {
  if (isMissing(thrown)) return notFound(object, thrown);
  if (isBeyondEnd(thrown)) return cutShort(object, end, thrown);
  if (isDamaged(thrown))
    return new HoldfastError(
      'unavailable',
      `${uri(object)} arrived damaged: it does not match its checksum; try again`,
      { cause: thrown },
    );
  return otherFailure(thrown, object, { code: 'internal', what: 'cannot be read' });
};

/** A failed write: more often the place's fault than ours. */
export const failedWrite = (thrown: unknown, object: S3Location): unknown => {
  const { bucket } = object;
  if (thrown instanceof HoldfastError) return thrown;
  if (isAwsError(thrown, 'NoSuchBucket'))
    return new HoldfastError(
      'place_unwritable',
      `there is no bucket ${bucket}: create it, or name another place`,
      {
        cause: thrown,
      },
    );
  if (isElsewhere(thrown))
    return new HoldfastError(
      'place_unwritable',
      `${uri(object)} cannot be written: the bucket lies in another region than this installation (${awsErrorName(thrown)}); name a bucket of its region`,
      { cause: thrown },
    );
  if (isDenied(thrown))
    return new HoldfastError(
      'place_unwritable',
      `${uri(object)} may not be written (${awsErrorName(thrown)}): give Holdfast's functions s3:PutObject and s3:AbortMultipartUpload there`,
      { cause: thrown },
    );
  return otherFailure(thrown, object, { code: 'place_unwritable', what: 'cannot be written' });
};
