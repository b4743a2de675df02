/**
 * A database that a restore makes. Until it is complete, it has a name that only this restore uses, and is closed to
 * everybody who could connect to any database. Then it gets its real name, in one step.
 */
import * as z from 'zod';
import { HoldfastError } from '../../../model/errors.ts';
import { timeLimit } from '../../../model/time-limit.ts';
import type { DumpDetails } from '../dump/source-database.ts';
import { withDatabase } from '../server/connection.ts';
import { executeBuilt, queryJson, type Session } from '../server/psql.ts';
import { databaseName, type Sql, sql } from '../server/sql.ts';

/** PostgreSQL shortens names to 63 bytes. Ids are ASCII. */
export const draftName = (restoreId: string): string => `holdfast ${restoreId}`.slice(0, 63);

/**
 * Options for collations other than the operating system's; undefined for a provider that this version does not know.
 */
const providerSql = ({ localeProvider, locale }: DumpDetails): Sql | undefined => {
  if (localeProvider === 'c' || locale === null) return sql``;
  if (localeProvider === 'i') return sql` LOCALE_PROVIDER icu ICU_LOCALE %5$L`;
  return localeProvider === 'b' ? sql` LOCALE_PROVIDER builtin BUILTIN_LOCALE %5$L` : undefined;
};

/** Whether `createDatabase` can make such a database. */
export const canCreateDatabase = (details: DumpDetails): boolean => providerSql(details) !== undefined;

/** Whether the server has a database of that name. */
export const isDatabase = (session: Session, name: string): Promise<boolean> =>
  queryJson(
    session,
    z.boolean(),
    sql`SELECT to_json(EXISTS (SELECT FROM pg_database WHERE datname::text = ${databaseName(name)}))`,
  );

/** The present name, and the final one. */
export interface NewDatabase {
  readonly draft: string;
  readonly database: string;
}

/** Creates an empty database, with the encoding and the collation of the dumped one. */
export const createDatabase = async (
  session: Session,
  { draft, database }: NewDatabase,
  details: DumpDetails,
): Promise<void> => {
  const { encoding, collate, ctype, locale } = details;
  const words = sql`'CREATE DATABASE %1$I TEMPLATE template0 ENCODING %2$L LC_COLLATE %3$L LC_CTYPE %4$L${providerSql(details) ?? sql``}'`;
  try {
    await executeBuilt(
      session,
      sql`SELECT pg_catalog.format(${words}, ${databaseName(draft)}, ${encoding}, ${collate}, ${ctype}, ${locale ?? ''})`,
    );
  } catch (cause) {
    if (!(cause instanceof HoldfastError) || cause.code !== 'component_failed') throw cause;
    throw new HoldfastError(
      'component_failed',
      `the database "${database}" could not be created: ${cause.message}; create it yourself, then restore into it`,
      { cause },
    );
  }
  await executeBuilt(
    session,
    sql`SELECT pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', ${databaseName(draft)})`,
  );
};

/** Makes it as open as new databases are; the dump's own settings follow. Nobody knows its name yet. */
export const openDatabase = (session: Session, draft: string): Promise<void> =>
  executeBuilt(
    session,
    sql`SELECT pg_catalog.format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO PUBLIC', ${databaseName(draft)})`,
  );

/** @throws `component_failed` when a database has that name by now */
export const nameDatabase = (session: Session, { draft, database }: NewDatabase): Promise<void> =>
  executeBuilt(
    session,
    sql`SELECT pg_catalog.format('ALTER DATABASE %I RENAME TO %I', ${databaseName(draft)}, ${databaseName(database)})`,
  );

/** A database with subscriptions cannot be dropped. What they made at another server stays there. */
const dropSubscriptions = async (session: Session, name: string): Promise<void> => {
  const subscriptions = await queryJson(
    session,
    z.array(z.string()),
    sql`SELECT coalesce(json_agg(s.subname), '[]') FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
      WHERE d.datname::text = ${databaseName(name)}`,
  );
  const inside = { ...session, connection: withDatabase(session.connection, name) };
  for (const subscription of subscriptions)
    for (const words of [
      sql`'ALTER SUBSCRIPTION %I DISABLE'`,
      sql`'ALTER SUBSCRIPTION %I SET (slot_name = NONE)'`,
      sql`'DROP SUBSCRIPTION %I'`,
    ])
      await executeBuilt(inside, sql`SELECT pg_catalog.format(${words}, ${subscription})`);
};

/**
 * Does nothing when it does not exist. Its last session may be ending just now; a server that can is told to end it by
 * force.
 */
export const dropDatabase = async (
  { session, major }: { session: Session; major: number },
  name: string,
  seconds = 10,
): Promise<void> => {
  const words =
    major >= 13 ? sql`'DROP DATABASE IF EXISTS %I WITH (FORCE)'` : sql`'DROP DATABASE IF EXISTS %I'`;
  const own = { ...session, signal: timeLimit(seconds * 1000) };
  await dropSubscriptions(own, name);
  await executeBuilt(own, sql`SELECT pg_catalog.format(${words}, ${databaseName(name)})`);
};
