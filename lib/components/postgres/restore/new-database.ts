/**
 * A database that a restore makes: under a name that only this restore has, and closed to all who could connect to any
 * database, until everything is in it. Then it gets its name, in one step.
 */
import * as z from 'zod';
import { HoldfastError } from '../../../model/errors.ts';
import { timeLimit } from '../../../model/time-limit.ts';
import type { DumpDetails } from '../dump/source-database.ts';
import { withDatabase } from '../server/connection.ts';
import { executeBuilt, queryJson, type Session } from '../server/psql.ts';
import { databaseName, type Sql, sql } from '../server/sql.ts';

/** PostgreSQL cuts names after 63 bytes. Ids are ASCII. */
export const draftName = (restoreId: string): string => `holdfast ${restoreId}`.slice(0, 63);

/** How a database is told to sort by other rules than the operating system's; undefined for rules that nobody knows. */
const providerSql = ({ localeProvider, locale }: DumpDetails): Sql | undefined => {
  if (localeProvider === 'c' || locale === null) return sql``;
  if (localeProvider === 'i') return sql` LOCALE_PROVIDER icu ICU_LOCALE %5$L`;
  return localeProvider === 'b' ? sql` LOCALE_PROVIDER builtin BUILTIN_LOCALE %5$L` : undefined;
};

/** Whether `createDatabase` knows how. */
export const canCreateDatabase = (details: DumpDetails): boolean => providerSql(details) !== undefined;

/** Whether the server has a database of that name. */
export const isDatabase = (session: Session, name: string): Promise<boolean> =>
  queryJson(
    session,
    z.boolean(),
    sql`SELECT to_json(EXISTS (SELECT FROM pg_database WHERE datname::text = ${databaseName(name)}))`,
  );

/** The name it has for now, and the one that it shall have. */
export interface NewDatabase {
  readonly draft: string;
  readonly database: string;
}

/** Empty, with the encoding and the sorting of the dumped one. */
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

/** As open as databases are when they are new: what the dump says of that comes next. Nobody knows its name yet. */
export const openDatabase = (session: Session, draft: string): Promise<void> =>
  executeBuilt(
    session,
    sql`SELECT pg_catalog.format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO PUBLIC', ${databaseName(draft)})`,
  );

/** @throws `component_failed` when there is a database of its name by now. */
export const nameDatabase = (session: Session, { draft, database }: NewDatabase): Promise<void> =>
  executeBuilt(
    session,
    sql`SELECT pg_catalog.format('ALTER DATABASE %I RENAME TO %I', ${databaseName(draft)}, ${databaseName(database)})`,
  );

/** A database with subscriptions cannot be dropped. What they were made with at another server stays there. */
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

/** Where there is none, nothing is done. Its last session may be ending just now; force ends it, where the server knows how. */
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
