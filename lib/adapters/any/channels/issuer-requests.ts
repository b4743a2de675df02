/** How issuers of tokens are asked: by the same guarded way as channels, with the whole of a short answer. */
import { addressList } from '../../../model/config/notification-settings.ts';
import type { AskIssuer } from '../../../ports/ask-issuer.ts';
import { guardedRequest } from './guarded-request.ts';

/** Sets of keys, and what an issuer says of itself, have some kilobytes. */
const MOST_BYTES = 256 * 1024;
/** A function of AWS that knows tokens has ten seconds for two such requests. */
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
