/** The one way to the API: below the same path as the page, with the session's cookie, which no script can read. */
import type { Call, Query } from '../../client/call.ts';
import { Problem, problemOf } from '../../client/problem.ts';
import { addressOf as addressIn, requestOf } from '../../client/request.ts';
import { heardDate } from '../shown/clock.ts';
import { answerTo } from './interruptions.ts';

/** `https://host/some/prefix/`, whatever a proxy put before the page. */
const base = (): URL => new URL('../', document.baseURI);

/** An address that the API gave: a path of its own is below the same prefix as the page. */
export const addressOf = (url: string): string =>
  url.startsWith('/') ? new URL(url.slice(1), base()).href : url;

let onSignedOut: () => void = () => undefined;
/** Called when the API no longer knows who asks. */
export const whenSignedOut = (then: () => void): void => {
  onSignedOut = then;
};

/** A filter that nobody has filled in is not sent. */
const filledIn = (query: Query): Query =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));

const send = async (call: Call<unknown>, signal: AbortSignal | undefined): Promise<Response> => {
  try {
    return await fetch(addressIn(base().href, { ...call, query: filledIn(call.query ?? {}) }), {
      // A page of another site cannot send this header: what a cookie allows, only this page can ask for.
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

/** Nothing is otherwise than whoever asks knows already. */
const SAME = 304;

/** The answer as it came, such as the bytes of a file. @throws Problem */
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

/** @throws Problem */
export const ask = async <T>(call: Call<T>, signal?: AbortSignal): Promise<T> => {
  const response = await askForBytes(call, signal);
  return (response.status === 204 ? undefined : await response.json()) as T;
};

/** The answer that is there already, and how long the server may wait for another one; 0: not at all. */
export interface Known {
  readonly tag: string | undefined;
  readonly waitSeconds: number;
}
interface Changed<T> {
  /** Undefined: the known one is still so. */
  readonly value: T | undefined;
  readonly tag: string | undefined;
  /** Whether the server waits for another answer where it is asked to. */
  readonly waits: boolean;
}

/** @throws Problem */
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

/** @throws Problem */
export const askText = async (call: Call<string>, signal?: AbortSignal): Promise<string> =>
  (await askForBytes(call, signal)).text();
