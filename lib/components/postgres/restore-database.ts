import type { Readable } from 'node:stream';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { conninfo, placeOf } from './connection.ts';
import type { DatabaseRestorePlan } from './restore-plan.ts';
import { createDatabase, dropCreatedDatabase } from './target-database.ts';
import { feed } from './tool-input.ts';
import { startTool, toldWords } from './tool-process.ts';

/** One transaction: a restore that fails or is killed leaves the database as it was. */
const ARGUMENTS = ['--single-transaction', '--exit-on-error', '--no-password'];

const runRestore = async (
  { session, options }: DatabaseRestorePlan,
  dump: Readable,
  onBytes: (bytes: number) => void,
): Promise<void> => {
  const { tools, connection, signal } = session;
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
      `pg_restore into ${placeOf(connection)} failed, and nothing in it was changed: ${toldWords(words)}`,
    );
};

/**
 * Carries out a plan. The database is created when it is not there, and dropped again should the restore fail.
 *
 * @throws `restore_refused`, `component_failed` with pg_restore's words, and what reading the archive throws.
 */
export const restoreDatabase = async (
  plan: DatabaseRestorePlan,
  openDump: () => Readable,
  { log, onBytes }: { log: Logger; onBytes: (bytes: number) => void },
): Promise<void> => {
  const { refusal, target, session, details } = plan;
  if (refusal !== undefined) throw new HoldfastError('restore_refused', refusal);
  if (target.content !== undefined) return runRestore(plan, openDump(), onBytes);
  const { database } = session.connection;
  await createDatabase(target.session, database, details);
  try {
    await runRestore(plan, openDump(), onBytes);
  } catch (error) {
    await dropCreatedDatabase(target.session, database, log);
    throw error;
  }
};
