import type { Readable } from 'node:stream';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { conninfo, placeOf } from './connection.ts';
import {
  DEFAULT_LOCK_PATIENCE,
  type LockPatience,
  sessionName,
  watchLocks,
  withSessionName,
} from './lock-watch.ts';
import type { Session } from './psql.ts';
import type { DatabaseRestorePlan } from './restore-plan.ts';
import { createDatabase, dropCreatedDatabase } from './target-database.ts';
import { feed } from './tool-input.ts';
import { startTool, toldWords } from './tool-process.ts';

export interface DatabaseRestore {
  readonly restoreId: string;
  readonly log: Logger;
  /** Bytes of the dump, as they go to pg_restore. */
  readonly onBytes: (bytes: number) => void;
  /** @default DEFAULT_LOCK_PATIENCE */
  readonly patience?: LockPatience;
}

/** One transaction: a restore that fails or is killed leaves the database as it was. */
const ARGUMENTS = ['--single-transaction', '--exit-on-error', '--no-password'];

const runPgRestore = async (
  { tools, connection, signal }: Session,
  options: readonly string[],
  dump: Readable,
  onBytes: (bytes: number) => void,
): Promise<void> => {
  const tool = startTool('pg_restore', [...ARGUMENTS, ...options, `--dbname=${conninfo(connection)}`], {
    tools,
    connection,
    signal,
  });
  tool.stdout.resume();
  const { code, words } = await feed(dump, tool, signal, onBytes);
  if (code !== 0)
    throw new HoldfastError(
      'component_failed',
      `pg_restore into ${placeOf(connection)} failed, and nothing there was changed: ${toldWords(words)}`,
    );
};

/** pg_restore and the watch over its locks: whichever fails first ends the other. */
const restoreInto = async (
  { session, options }: DatabaseRestorePlan,
  dump: Readable,
  { restoreId, log, onBytes, patience = DEFAULT_LOCK_PATIENCE }: DatabaseRestore,
): Promise<void> => {
  const name = sessionName(restoreId);
  const over = new AbortController();
  const watched = {
    ...session,
    connection: withSessionName(session.connection, name),
    signal: AbortSignal.any([session.signal, over.signal]),
  };
  const restored = runPgRestore(watched, options, dump, onBytes);
  const watch = watchLocks({ ...session, signal: watched.signal }, name, patience, log);
  try {
    await Promise.race([restored, watch]);
  } finally {
    over.abort(new Error('the restore is over'));
    await Promise.allSettled([restored, watch]);
    dump.destroy();
  }
};

/**
 * Carries out a plan. The database is created when it is not there, and dropped again should the restore fail.
 *
 * @throws `restore_refused`, `component_failed` with pg_restore's words, and what reading the archive throws.
 */
export const restoreDatabase = async (
  plan: DatabaseRestorePlan,
  openDump: () => Readable,
  restore: DatabaseRestore,
): Promise<void> => {
  const { refusal, target, session, details } = plan;
  if (refusal !== undefined) throw new HoldfastError('restore_refused', refusal);
  if (target.content !== undefined) return restoreInto(plan, openDump(), restore);
  const { database } = session.connection;
  await createDatabase(target.session, database, details);
  try {
    await restoreInto(plan, openDump(), restore);
  } catch (error) {
    await dropCreatedDatabase(target, database, restore.log);
    throw error;
  }
};
