/**
 * Overwriting a database waits for everyone who still uses its tables. An application that was left running could
 * silently delay a restore for ever, so it is found and named.
 */
import * as z from 'zod';
import { HoldfastError } from '../../../model/errors.ts';
import type { Logger } from '../../../ports/logger.ts';
import { type Connection, placeOf } from './connection.ts';
import { queryJson, type Session } from './psql.ts';
import { type Sql, sql } from './sql.ts';

export interface LockPatience {
  /** Seconds between checks. @default 5 */
  readonly everySeconds: number;
  /** Seconds for which a restore may wait for locks before it is given up. @default 300 */
  readonly giveUpSeconds: number;
}

export const DEFAULT_LOCK_PATIENCE: LockPatience = { everySeconds: 5, giveUpSeconds: 300 };

/** Tells the restore's sessions from all others. Ids are ASCII: a server changes other characters. */
export const sessionName = (restoreId: string): string => `holdfast ${restoreId}`.slice(0, 63);

export const withSessionName = (connection: Connection, name: string): Connection => ({
  ...connection,
  parameters: { ...connection.parameters, application_name: name },
});

interface Watched {
  readonly session: Session;
  /** The sessions' application name at the server. */
  readonly name: string;
  readonly log: Logger;
  /** @default DEFAULT_LOCK_PATIENCE */
  readonly patience?: LockPatience | undefined;
}

const holdersSchema = z.array(z.string());
const holdersSql = (
  name: string,
): Sql => sql`SELECT coalesce(json_agg(DISTINCT format('%s (process %s, user %s)',
    coalesce(nullif(holder.application_name, ''), 'an unnamed application'), holder.pid, holder.usename)), '[]')
  FROM pg_stat_activity waiting
  JOIN pg_stat_activity holder ON holder.pid = ANY (pg_blocking_pids(waiting.pid))
  WHERE waiting.application_name = ${name} AND waiting.wait_event_type = 'Lock'
    AND holder.application_name IS DISTINCT FROM ${name}`;

/**
 * Checks, while a restore runs, whether it waits for others. Rejects with `component_failed` and their names when it
 * waits too long, and with the signal's reason when the restore is over. Never resolves.
 */
const watchLocks = async (
  session: Session,
  { name, log, patience: { everySeconds, giveUpSeconds } = DEFAULT_LOCK_PATIENCE }: Watched,
): Promise<never> => {
  const { signal, connection } = session;
  let waitingSince: number | undefined;
  for (;;) {
    await pause(everySeconds * 1000, signal);
    // A failed check says nothing about the restore, which reports its own errors.
    const holders = await queryJson(session, holdersSchema, holdersSql(name)).catch(() => []);
    signal.throwIfAborted();
    if (holders.length === 0) {
      waitingSince = undefined;
      continue;
    }
    if (waitingSince === undefined)
      log.warn('the restore waits for other sessions that use the tables', {
        place: placeOf(connection),
        holders,
      });
    waitingSince ??= Date.now();
    if (Date.now() - waitingSince >= giveUpSeconds * 1000)
      throw new HoldfastError(
        'component_failed',
        `the restore into ${placeOf(connection)} was cancelled and nothing was changed: its tables are in use by ` +
          `${holders.join(', ')}; stop what uses the database, then restore again`,
      );
  }
};

/**
 * Runs `work` in sessions with the watched name. If the work or the watch fails, the other is ended.
 *
 * @throws what `work` throws, and `component_failed` with the names of the sessions that it waited for too long.
 */
export const underLockWatch = async <T>(
  watched: Watched,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const { session, name } = watched;
  const over = new AbortController();
  const signal = AbortSignal.any([session.signal, over.signal]);
  const working = work({ ...session, connection: withSessionName(session.connection, name), signal });
  const watch = watchLocks({ ...session, signal }, watched);
  try {
    return await Promise.race([working, watch]);
  } finally {
    over.abort(new Error('the restore is over'));
    await Promise.allSettled([working, watch]);
  }
};

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
