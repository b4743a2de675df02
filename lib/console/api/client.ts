/** The one way to the API: below the same path as the page, with the session's cookie, which no script can read. */
import { heardDate } from '../shown/clock.ts';
import { answerTo } from './interruptions.ts';
import { Problem } from './problem.ts';

/** `https://host/some/prefix/`, whatever a proxy put before the page. */
const base = (): URL => new URL('../', document.baseURI);

/** An address that the API gave: a path of its own is below the same prefix as the page. */
export const addressOf = (url: string): string =>
  url.startsWith('/') ? new URL(url.slice(1), base()).href : url;

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

let onSignedOut: () => void = () => undefined;
/** Called when the API no longer knows who asks. */
export const whenSignedOut = (then: () => void): void => {
  onSignedOut = then;
};

const addressFor = (path: string, query: Asking['query'] = {}): URL => {
  const url = new URL(`v1/${path}`, base());
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  return url;
};

const send = async (
  path: string,
  { method = 'GET', body, query, headers = {}, signal }: Asking,
): Promise<Response> => {
  try {
    return await fetch(addressFor(path, query), {
      method,
      headers: {
        // A page of another site cannot send this header: what a cookie allows, only this page can ask for.
        'holdfast-page': '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'same-origin',
      redirect: 'error',
      ...(signal !== undefined && { signal }),
    });
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw new Problem(0, 'unreachable', String(thrown));
  }
};

const problemOf = async (response: Response): Promise<Problem> => {
  const details: unknown = await response.json().catch(() => ({}));
  const fields = typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {};
  const { code, detail, message } = fields;
  const text = [detail, message].find((one) => typeof one === 'string') ?? response.statusText;
  return new Problem(
    response.status,
    typeof code === 'string' ? code : `http_${response.status}`,
    String(text),
    fields,
  );
};

/** Nothing is otherwise than whoever asks knows already. */
const SAME = 304;

const answered = async (path: string, asking: Asking): Promise<Response> => {
  const response = await send(path, asking);
  heardDate(response.headers.get('date'));
  if (response.ok || response.status === SAME) return response;
  const problem = await problemOf(response);
  const isSignIn = asking.headers?.authorization !== undefined;
  if (problem.isOfNobody && !isSignIn) onSignedOut();
  const more = await answerTo(problem);
  if (more === undefined) throw problem;
  return answered(path, { ...asking, headers: { ...asking.headers, ...more } });
};

/** @throws Problem */
export const ask = async <T>(path: string, asking: Asking = {}): Promise<T> => {
  const response = await answered(path, asking);
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
  path: string,
  { tag, waitSeconds }: Known,
  signal: AbortSignal,
): Promise<Changed<T>> => {
  const response = await answered(path, {
    signal,
    headers: {
      ...(tag !== undefined && { 'if-none-match': tag }),
      ...(waitSeconds > 0 && { prefer: `wait=${waitSeconds}` }),
    },
  });
  return {
    value: response.status === SAME ? undefined : await response.json(),
    tag: response.headers.get('etag') ?? undefined,
    waits: response.headers.has('preference-applied'),
  };
};

/** @throws Problem */
export const askText = async (path: string, asking: Asking = {}): Promise<string> =>
  (await answered(path, asking)).text();

/** @throws Problem */
export const askForBytes = (path: string, asking: Asking = {}): Promise<Response> => answered(path, asking);
