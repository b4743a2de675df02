import * as z from 'zod';
import type { PostgresSettings } from '../../../model/components/postgres.ts';
import { timeLimit } from '../../../model/time-limit.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { Secrets } from '../../../ports/secrets.ts';
import { databaseNamed } from '../plan/target-name.ts';
import { formerName, oldName } from '../restore/exchange.ts';
import { draftName, dropDatabase, isDatabase } from '../restore/new-database.ts';
import { findClientTools, newestTools } from './client-tools.ts';
import { placeOf, withDatabase } from './connection.ts';
import { sessionName } from './lock-watch.ts';
import { queryJson, queryServerVersion } from './psql.ts';
import { type Sql, sql } from './sql.ts';

/** Time limit for a server that does not answer: it must not delay the end of an operation, nor a start. */
const PATIENCE_MILLISECONDS = 5_000;

/** Ends sessions, which no transaction can undo. Returns how many. */
const endSql = (
  name: string,
): Sql => sql`SELECT to_json(count(pg_terminate_backend(pid))) FROM pg_stat_activity
  WHERE application_name = ${name} AND pid <> pg_backend_pid()`;

interface EndedRestore {
  readonly settings: PostgresSettings;
  readonly secrets: Secrets;
  readonly target: string;
  readonly restoreId: string;
  readonly log: Logger;
}

/**
 * Ends the sessions that a crashed restore still has at the server, which rolls them back, and drops the databases that
 * it had made or was about to drop. pg_restore outlives a killed Holdfast when it has read all of a small dump and
 * waits for others' locks: later it would finish a restore that was recorded as interrupted.
 *
 * @throws `component_unavailable` when no database of the server can be reached, `tool_missing`
 */
export const endRestoreSessions = async (
  { settings, secrets, target, restoreId, log }: EndedRestore,
  folders?: readonly string[],
): Promise<void> => {
  const { connection, neighbours } = await databaseNamed(target, { settings, secrets });
  const tools = newestTools(await findClientTools(folders));
  const signal = timeLimit(PATIENCE_MILLISECONDS);
  let failed: unknown;
  // Sessions are visible from every database of a server. The target is tried last: it may not exist any more, or not
  // yet, and nobody can connect to it while a session of the restore is about to rename it.
  for (const database of [
    ...neighbours.filter((name) => name !== connection.database),
    connection.database,
  ]) {
    const asked = withDatabase(connection, database);
    try {
      const session = { tools, connection: asked, signal };
      await queryJson(session, z.number(), endSql(sessionName(restoreId)));
      const { major } = await queryServerVersion(session);
      await dropDatabase({ session, major }, draftName(restoreId));
      await dropDatabase({ session, major }, oldName(restoreId));
      if (await isDatabase(session, formerName(restoreId)))
        log.warn(
          'a restore that was killed left the former database under another name; see whether it has anything that was not backed up, and drop it by hand',
          { place: placeOf(withDatabase(asked, formerName(restoreId))) },
        );
      return;
    } catch (thrown) {
      log.debug('the sessions of a restore could not be checked', { place: placeOf(asked) });
      failed ??= thrown;
    }
  }
  throw failed;
};
