/** Translates the errors of AWS's services into Holdfast's: `unavailable` when another attempt may help. */
import { HoldfastError } from '../../../model/errors.ts';

/** Codes of any service that mean "not now"; the SDK has tried three times already. */
const PASSING: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'TooManyRequests',
  'SlowDown',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalServerError',
  'InternalServerException',
  'InternalError',
  'InternalFailure',
  'KMSInternalException',
  'DependencyTimeoutException',
  'LimitExceededException',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  // A function's credentials expire now and then: the next call has new ones.
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'TokenRefreshRequired',
  'TimeoutError',
  'AbortError',
  'NetworkingError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** The service's own code, which the SDK puts in an error's name, else the system's. */
export const awsErrorName = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return '';
  if ('code' in thrown && typeof thrown.code === 'string' && thrown.name === 'Error') return thrown.code;
  return thrown.name;
};

export const isAwsError = (thrown: unknown, ...names: readonly string[]): boolean =>
  names.includes(awsErrorName(thrown));

/** The HTTP status of the answer, if there was one. */
export const awsStatus = (thrown: unknown): number | undefined => {
  if (typeof thrown !== 'object' || thrown === null || !('$metadata' in thrown)) return undefined;
  const { $metadata: metadata } = thrown;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
};

/** No answer at all, or one that says "later": the request may have been executed. */
export const isPassing = (thrown: unknown): boolean =>
  PASSING.has(awsErrorName(thrown)) ||
  (thrown instanceof Error && 'code' in thrown && PASSING.has(String(thrown.code))) ||
  (awsStatus(thrown) ?? 0) >= 500;

const DENIED: readonly string[] = ['AccessDenied', 'AccessDeniedException', 'Forbidden', '403'];
export const isDenied = (thrown: unknown): boolean =>
  isAwsError(thrown, ...DENIED) || awsStatus(thrown) === 403;

/**
 * Translates any thrown value; errors of services get our own messages.
 *
 * @param what the thing that was called, for the message: `table holdfast`, `bucket backups`
 */
export const fromAws = (thrown: unknown, what: string): unknown => {
  if (thrown instanceof HoldfastError || !(thrown instanceof Error)) return thrown;
  if (isPassing(thrown))
    return new HoldfastError(
      'unavailable',
      `${what} does not answer at the moment (${awsErrorName(thrown)}); try again`,
      { cause: thrown },
    );
  if (isDenied(thrown))
    return new HoldfastError(
      'internal',
      `${what} refused this function (${thrown.message}); give its role the right, or deploy the stack of Holdfast again`,
      { cause: thrown },
    );
  return thrown;
};

/** An unforeseen refusal, in the service's own words; undefined for an error that is no service's answer. */
export const refusalWords = (thrown: unknown): string | undefined =>
  thrown instanceof Error && awsStatus(thrown) !== undefined
    ? `${awsErrorName(thrown)}: ${thrown.message}`
    : undefined;

/** Runs the work, and throws its errors translated by `fromAws`. */
export const inOurWords = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    throw fromAws(thrown, what);
  }
};
