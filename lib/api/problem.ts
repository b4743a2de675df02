/** Errors as RFC 9457 problem documents. */
import { errorTable, type HoldfastError } from '../model/errors.ts';
import type { Reply } from './route.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** The answer to a failed request. Status 5xx carries no internals: an unforeseen error gets a general sentence. */
export const problemReply = (error: HoldfastError): Reply => {
  const { status, retry } = errorTable[error.code];
  return {
    status,
    headers: {
      'content-type': PROBLEM_TYPE,
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="holdfast"' }),
      ...(Array.isArray(error.details.allow) && { allow: error.details.allow.join(', ') }),
      ...(status === 416 && { 'content-range': `bytes */${String(error.details.size)}` }),
      ...(retry && { 'retry-after': String(error.details.retryAfterSeconds ?? 10) }),
    },
    body: {
      type: `urn:holdfast:error:${error.code}`,
      title: error.code.replaceAll('_', ' '),
      status,
      detail: error.message,
      code: error.code,
      ...error.details,
    },
  };
};
