/** The errors of AWS's services as Holdfast's: what another try may mend is `unavailable`. */
import { HoldfastError } from '../../../model/errors.ts';

/** Codes that mean "not now", of any service; the SDK has tried three times already. */
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
  // Credentials of a function end now and then: the next call has new ones.
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

/** The service's own code, as the SDK has it in an error's name, else the system's. */
export const awsErrorName = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return '';
  if ('code' in thrown && typeof thrown.code === 'string' && thrown.name === 'Error') return thrown.code;
  return thrown.name;
};

export const isAwsError = (thrown: unknown, ...names: readonly string[]): boolean =>
  names.includes(awsErrorName(thrown));

/** The HTTP status of the answer, where there was one. */
export const awsStatus = (thrown: unknown): number | undefined => {
  if (typeof thrown !== 'object' || thrown === null || !('$metadata' in thrown)) return undefined;
  const { $metadata: metadata } = thrown;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
};

/** No answer at all, or one that says "later": the request may have been done all the same. */
export const isPassing = (thrown: unknown): boolean =>
  PASSING.has(awsErrorName(thrown)) ||
  (thrown instanceof Error && 'code' in thrown && PASSING.has(String(thrown.code))) ||
  (awsStatus(thrown) ?? 0) >= 500;

const DENIED: readonly string[] = ['AccessDenied', 'AccessDeniedException', 'Forbidden', '403'];
export const isDenied = (thrown: unknown): boolean =>
  isAwsError(thrown, ...DENIED) || awsStatus(thrown) === 403;

/**
 * Any thrown value; the services' own in our words.
 *
 * @param what is spoken to, for the sentence: `table holdfast`, `bucket backups`.
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
      `${what} may not be used that way by this function (${thrown.message}); give its role the right, or deploy Holdfast's own stack again`,
      { cause: thrown },
    );
  return thrown;
};

/** A refusal that nobody foresaw, in the service's own words; undefined for what is no answer of a service. */
export const refusalWords = (thrown: unknown): string | undefined =>
  thrown instanceof Error && awsStatus(thrown) !== undefined
    ? `${awsErrorName(thrown)}: ${thrown.message}`
    : undefined;

/** Does it, and throws what `fromAws` makes of a failure. */
export const inOurWords = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    throw fromAws(thrown, what);
  }
};
