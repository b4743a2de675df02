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

/** A server that does not answer must not hold up the end of an operation, nor a start. */
const PATIENCE_MILLISECONDS = 5_000;

/** Ends sessions, which no transaction takes back: how many. */
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
 * Ends what a restore that died still has at the server, which rolls it back, and drops the databases that it had made or
 * was to drop. pg_restore outlives a killed Holdfast when it has the whole of a small dump already and waits for others to
 * let go of their tables: it would put in place, later, what was recorded as interrupted.
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
  // Sessions are seen from every database of a server. The target may not be there any more, or not yet, and nobody can
  // connect to it while a session of the restore is about to rename it: so it is the last to be tried.
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
          'a restore that died left the former database under another name; see whether it holds anything that was not backed up, and drop it by hand',
          { place: placeOf(withDatabase(asked, formerName(restoreId))) },
        );
      return;
    } catch (thrown) {
      log.debug('no look at the sessions of a restore from here', { place: placeOf(asked) });
      failed ??= thrown;
    }
  }
  throw failed;
};
