import * as z from 'zod';
import type { PostgresSettings } from '../../../model/components/postgres.ts';
import { timeLimit } from '../../../model/time-limit.ts';
import type { Secrets } from '../../../ports/secrets.ts';
import type { DatabaseIdentity, TargetIdentity } from '../../target-identity.ts';
import { databaseNamed, type NamedDatabase } from '../plan/target-name.ts';
import { findClientTools, newestTools } from './client-tools.ts';
import { withDatabase } from './connection.ts';
import { queryJson } from './psql.ts';
import { sql } from './sql.ts';

const PATIENCE_MILLISECONDS = 5_000;

/** Exact to the microsecond, so no two servers that a restore meets have the same. Every user may query it. */
const STARTED = sql`SELECT to_json(extract(epoch FROM pg_postmaster_start_time())::text)`;

/** When a database's server was started; undefined when it does not answer, whichever of its databases is asked. */
const startedAt = async (
  { connection, neighbours }: NamedDatabase,
  folders: readonly string[] | undefined,
): Promise<string | undefined> => {
  const tools = newestTools(await findClientTools(folders));
  const signal = timeLimit(PATIENCE_MILLISECONDS);
  for (const database of [connection.database, ...neighbours]) {
    try {
      return await queryJson(
        { tools, connection: withDatabase(connection, database), signal },
        z.string(),
        STARTED,
      );
    } catch {
      // Ignored here: the restore's plan connects, too, and reports what is wrong.
    }
  }
  return undefined;
};

interface Named {
  readonly settings: PostgresSettings;
  readonly secrets: Secrets;
  readonly target: string;
}

const resolved = async (
  { target, ...how }: Named,
  folders: readonly string[] | undefined,
): Promise<DatabaseIdentity> => {
  const named = await databaseNamed(target, how);
  const { database, server } = named.connection;
  let started: Promise<string | undefined> | undefined;
  return { database, server, instance: () => (started ??= startedAt(named, folders)) };
};

/** A database by its name and its server: if a server is written in two ways, its start time identifies it. */
export const databaseIdentity = (named: Named, folders?: readonly string[]): TargetIdentity => {
  let identity: Promise<DatabaseIdentity> | undefined;
  return { of: 'database', resolve: () => (identity ??= resolved(named, folders)) };
};
