/**
 * Sends requests to issuers of tokens: in the same guarded way as to channels, but returns the whole of a short answer.
 */
import { addressList } from '../../../model/config/notification-settings.ts';
import type { AskIssuer } from '../../../ports/ask-issuer.ts';
import { guardedRequest } from './guarded-request.ts';

/** Most bytes of an answer. Key sets and an issuer's metadata have some kilobytes. */
const MOST_BYTES = 256 * 1024;
/** Time limit: a function on AWS that checks tokens has ten seconds for two such requests. */
const LONGEST_MILLISECONDS = 4_000;
const nowhereElse = addressList([]);

export const askIssuer: AskIssuer = async (url, { method, headers, body }) => {
  const answer = await guardedRequest({
    ...{ url, method, headers, allowed: nowhereElse, inside: true },
    ...(body !== undefined && { body }),
    milliseconds: LONGEST_MILLISECONDS,
    wholeBytes: MOST_BYTES,
  });
  const type = answer.headers['content-type'];
  const hasBody = ![204, 205, 304].includes(answer.status);
  return new Response(hasBody ? answer.text : null, {
    status: answer.status,
    headers: typeof type === 'string' ? { 'content-type': type } : {},
  });
};
