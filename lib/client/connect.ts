/** The API of an installation for programs: sends its calls over HTTP with a token. */
import type { State } from '../model/records/operation.ts';
import type { Page } from '../model/requests/page.ts';
import type { Call, Paging } from './call.ts';
import { everyState } from './every-state.ts';
import { everyPage } from './pages.ts';
import { asProblem, Problem, problemOf } from './problem.ts';
import { addressOf, requestOf, sendAgain } from './request.ts';

export interface ConnectOptions {
  /** An API token, as `holdfast token create` makes it. */
  readonly token: string;
  /** Beside the token, where the installation wants a backup token. */
  readonly backupToken?: string | undefined;
  /** How long an answer may take, with all its bytes. @default 120 */
  readonly timeoutSeconds?: number | undefined;
  /** Ends all that this connection waits for. */
  readonly signal?: AbortSignal | undefined;
}

export interface Connection {
  /**
   * Sends a call. One that does nothing twice is sent again, a few times, when no answer came.
   *
   * @throws Problem
   */
  readonly ask: <T>(call: Call<T>) => Promise<T>;
  /** Everything in a list, page by page: `every(backups.list)`. @throws Problem */
  readonly every: <T>(list: (paging: Paging) => Call<Page<T>>) => AsyncGenerator<T, void, undefined>;
  /**
   * Waits for the end of an operation: `ended(await ask(backups.create({})), backups.show)`.
   *
   * @returns its last record, whose `state` says how it ended
   * @throws Problem
   */
  readonly ended: <R extends { readonly id: string; readonly state: State }>(
    begun: R,
    show: (id: string) => Call<R>,
  ) => Promise<R>;
}

const TIMEOUT_SECONDS = 120;

/** @param url the address of the installation, such as `https://holdfast.example.com` */
export const connect = (url: string, options: ConnectOptions): Connection => {
  const ask = <T>(call: Call<T>): Promise<T> => sendAgain(call, () => sendOnce(url, call, options), isLost);
  return {
    ask,
    every: async function* (list) {
      const pages = everyPage(
        (paging) => ask(list(paging)),
        ({ total, resources }) => ({ total, shown: resources.length }),
      );
      for await (const { resources } of pages) yield* resources;
    },
    ended: async (begun, show) => {
      let last = begun;
      const isRunning = ({ state }: { readonly state: State }): boolean => state === 'IN_PROGRESS';
      for await (const record of everyState(begun, () => ask(show(begun.id)), isRunning)) last = record;
      return last;
    },
  };
};

const isLost = (thrown: unknown): boolean => thrown instanceof Problem && thrown.isPassing;

const sendOnce = async <T>(url: string, call: Call<T>, options: ConnectOptions): Promise<T> => {
  const { token, backupToken, timeoutSeconds = TIMEOUT_SECONDS, signal } = options;
  const own = {
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    ...(backupToken !== undefined && { 'holdfast-backup-token': backupToken }),
  };
  const ends = [AbortSignal.timeout(timeoutSeconds * 1000), ...(signal === undefined ? [] : [signal])];
  try {
    const response = await fetch(addressOf(url, call), {
      ...requestOf(call, own),
      // A redirect would carry the token elsewhere, or turn a POST into a GET.
      redirect: 'manual',
      signal: AbortSignal.any(ends),
    });
    if (!response.ok) throw problemOf(response.status, await response.text(), response.statusText);
    return (await answerOf(response)) as T;
  } catch (thrown) {
    signal?.throwIfAborted();
    throw asProblem(thrown);
  }
};

/** JSON and text are read; a file is left to the caller, since it may be large. */
const answerOf = async (response: Response): Promise<unknown> => {
  const type = response.headers.get('content-type') ?? '';
  if (response.status === 204) return undefined;
  if (type.startsWith('application/json')) return response.json();
  return type.startsWith('text/') ? response.text() : response;
};
