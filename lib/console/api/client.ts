/**
 * Sends the requests of the page: to the path that the page itself is below, with the session's cookie, which no script
 * can read.
 */
import type { Call, Query } from '../../client/call.ts';
import { Problem, problemOf } from '../../client/problem.ts';
import { addressOf as addressIn, requestOf } from '../../client/request.ts';
import { heardDate } from '../shown/clock.ts';
import { answerTo } from './interruptions.ts';

/** `https://host/some/prefix/`, with the prefix that a proxy may have put before the page. */
const base = (): URL => new URL('../', document.baseURI);

/** The full address of what the API named: a path of the API is below the same prefix as the page. */
export const addressOf = (url: string): string =>
  url.startsWith('/') ? new URL(url.slice(1), base()).href : url;

let onSignedOut: () => void = () => undefined;
/** Sets what to do when the API no longer knows who asks. */
export const whenSignedOut = (then: () => void): void => {
  onSignedOut = then;
};

/** The query without its empty filters. */
const filledIn = (query: Query): Query =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));

const send = async (call: Call<unknown>, signal: AbortSignal | undefined): Promise<Response> => {
  try {
    return await fetch(addressIn(base().href, { ...call, query: filledIn(call.query ?? {}) }), {
      // A page of another site cannot send this header. So only this page can use what the cookie allows.
      ...requestOf(call, { 'holdfast-page': '1' }),
      credentials: 'same-origin',
      redirect: 'error',
      ...(signal !== undefined && { signal }),
    });
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw new Problem(0, 'unreachable', String(thrown));
  }
};

/** The status of an answer that says: nothing has changed since the answer that you know. */
const SAME = 304;

/** The answer as it came, for example the bytes of a file. @throws Problem */
export const askForBytes = async <T>(call: Call<T>, signal?: AbortSignal): Promise<Response> => {
  const response = await send(call, signal);
  heardDate(response.headers.get('date'));
  if (response.ok || response.status === SAME) return response;
  const problem = problemOf(response.status, await response.text().catch(() => ''), response.statusText);
  const isSignIn = call.headers?.authorization !== undefined;
  if (problem.isOfNobody && !isSignIn) onSignedOut();
  const more = await answerTo(problem);
  if (more === undefined) throw problem;
  return askForBytes({ ...call, headers: { ...call.headers, ...more } }, signal);
};

/** The answer, read as JSON. @throws Problem */
export const ask = async <T>(call: Call<T>, signal?: AbortSignal): Promise<T> => {
  const response = await askForBytes(call, signal);
  return (response.status === 204 ? undefined : await response.json()) as T;
};

/** The answer that the page knows, and how long the server may wait for another one; 0: it does not wait. */
export interface Known {
  readonly tag: string | undefined;
  readonly waitSeconds: number;
}
interface Changed<T> {
  /** Undefined: nothing has changed. */
  readonly value: T | undefined;
  readonly tag: string | undefined;
  /** Whether the server waits for a change when it is asked to. */
  readonly waits: boolean;
}

/** The answer, if it is another than the known one. @throws Problem */
export const askChanged = async <T>(
  call: Call<T>,
  { tag, waitSeconds }: Known,
  signal: AbortSignal,
): Promise<Changed<T>> => {
  const headers = {
    ...call.headers,
    ...(tag !== undefined && { 'if-none-match': tag }),
    ...(waitSeconds > 0 && { prefer: `wait=${waitSeconds}` }),
  };
  const response = await askForBytes({ ...call, headers }, signal);
  return {
    value: response.status === SAME ? undefined : await response.json(),
    tag: response.headers.get('etag') ?? undefined,
    waits: response.headers.has('preference-applied'),
  };
};

/** The answer, read as text. @throws Problem */
export const askText = async (call: Call<string>, signal?: AbortSignal): Promise<string> =>
  (await askForBytes(call, signal)).text();
