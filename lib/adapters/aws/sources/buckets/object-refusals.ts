/** Tells S3's refusals of one object, in words for a report, from refusals of the bucket, the account or the moment. */
import { isBeyondEnd, isMissing, isTaken } from '../../s3/s3-errors.ts';
import { awsErrorName, awsStatus, isDenied, isPassing } from '../../sdk/aws-errors.ts';

/**
 * Refusals that every other object would meet, too. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const OF_ALL: readonly string[] = [
  ...['NoSuchBucket', 'PermanentRedirect', 'Redirect', 'TemporaryRedirect', 'AuthorizationHeaderMalformed'],
  ...['IllegalLocationConstraintException', 'InvalidBucketName', 'InvalidBucketState', 'BucketNotFound'],
  ...['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'ExpiredTokenException', 'InvalidToken'],
  ...['TokenRefreshRequired', 'RequestExpired', 'AllAccessDisabled', 'AccountProblem', 'NotSignedUp'],
  ...['InvalidSecurity', 'InvalidClientTokenId', 'UnrecognizedClientException', 'RequestTimeTooSkewed'],
];

/**
 * Whether every other object would meet it, too: a refusal by the bucket or the account, or because of too many
 * requests.
 */
export const isOfAll = (thrown: unknown): boolean => {
  const code = awsErrorName(thrown);
  return OF_ALL.includes(code) || NOT_NOW.test(code);
};

const NOT_NOW = /throttl|slowdown|limitexceeded|toomanyrequests/i;
const MAX_WORDS = 300;

const wordsOf = (thrown: unknown): string => {
  const text = thrown instanceof Error ? thrown.message : '';
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS - 1)}…` : text;
};

/** The code of an answer that concerns one object. */
const codeOfOne = (thrown: unknown): string | undefined => {
  const code = awsErrorName(thrown);
  const status = awsStatus(thrown) ?? 0;
  return isOfAll(thrown) || isPassing(thrown) || status < 400 ? undefined : code;
};

/** Why this one object can't be read; undefined for a fault that does not concern it. */
export const reasonOf = (thrown: unknown): string | undefined => {
  const code = codeOfOne(thrown);
  if (code === undefined) return undefined;
  if (isMissing(thrown)) return 'was deleted after it was listed';
  if (isTaken(thrown)) return 'was overwritten after it was listed';
  if (isBeyondEnd(thrown)) return 'is shorter than the listing says';
  if (code === 'InvalidObjectState')
    return 'is archived in a storage class from which it must be restored before it can be read';
  if (isDenied(thrown)) return `may not be read: ${wordsOf(thrown)}`;
  if (code.startsWith('KMS.')) return `cannot be decrypted (${code}): ${wordsOf(thrown)}`;
  if (code === 'InvalidRequest' && /encrypt/i.test(wordsOf(thrown)))
    return 'is encrypted with a key of its owner (SSE-C), which S3 does not keep: it cannot be backed up';
  return `cannot be read (${code}): ${wordsOf(thrown)}`;
};

/** Why this one object can't be written; undefined for a fault that does not concern it. */
export const writeRefusal = (thrown: unknown): string | undefined => {
  // Node's own message for a name or text that no header can hold.
  if (isHeaderError(thrown)) return `cannot be written: ${wordsOf(thrown)}`;
  const code = codeOfOne(thrown);
  if (code === undefined) return undefined;
  return isDenied(thrown)
    ? `may not be written: ${wordsOf(thrown)}`
    : `is not accepted by the bucket (${code}): ${wordsOf(thrown)}`;
};

const isHeaderError = (thrown: unknown): boolean =>
  thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_INVALID_');
