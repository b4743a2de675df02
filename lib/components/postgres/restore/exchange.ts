/**
 * Overwrites a database by a new one beside it: when the new one is complete, the two exchange their names in one
 * transaction, and the former one is dropped. At every moment a database has the name. It is used for a database that
 * holds nothing beyond the dump, that nobody else is connected to, and whose own properties can be copied.
 */
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { HoldfastError } from '../../../model/errors.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { DumpDetails } from '../dump/source-database.ts';
import type { HeldObject, HeldParts } from '../plan/held-objects.ts';
import type { TargetObjects } from '../plan/target-objects.ts';
import { placeOf, withDatabase } from '../server/connection.ts';
import type { LockPatience } from '../server/lock-watch.ts';
import { executeAtOnce, queryJson, queryServerVersion, type Session } from '../server/psql.ts';
import { databaseName, type Sql, sql } from '../server/sql.ts';

/** The former database's first name, until it is known to hold nothing else, and its second, until it is dropped. */
export const formerName = (restoreId: string): string => `holdfast former ${restoreId}`.slice(0, 63);
export const oldName = (restoreId: string): string => `holdfast old ${restoreId}`.slice(0, 63);

export interface Exchange {
  /** Where statements about the target run, since a session cannot rename the database that it is connected to. */
  readonly beside: Session;
  /** Checks the target, or the former target, once more. Returns what prevents the planned exchange by now. */
  readonly obstacle: (inside: Session) => Promise<string | undefined>;
}

/** Autovacuum workers do not count: they make way for a rename. */
const othersIn = (database: Sql): Sql => sql`SELECT format('%s (process %s, user %s)',
    coalesce(nullif(a.application_name, ''), a.backend_type), a.pid, a.usename)
  FROM pg_stat_activity a WHERE a.datname::text = ${database} AND a.pid <> pg_backend_pid()
    AND a.backend_type <> 'autovacuum worker'`;
/** Our own sessions do not count: they end a moment after the program that had them. */
const strangersIn = (database: Sql): Sql =>
  sql`${othersIn(database)} AND a.application_name <> current_setting('application_name')`;

/** Counts only at the beginning: later connections are waited for. */
export const OTHERS_CONNECTED = 'others are connected to it';

/** The reasons why the database cannot be exchanged for another; empty when it can. */
const reasonsSql = ({ encoding, collate, ctype, localeProvider, locale }: DumpDetails): Sql => sql`
  SELECT to_json(array_remove(ARRAY[
    CASE WHEN NOT (r.rolsuper OR r.rolcreatedb AND d.datdba = r.oid)
      THEN 'the user may not make databases, or does not own this one' END,
    CASE WHEN d.datistemplate OR d.datname IN ('postgres', 'template1') THEN 'the server itself uses it' END,
    CASE WHEN pg_encoding_to_char(d.encoding) <> ${encoding} OR d.datcollate::text <> ${collate} OR d.datctype::text <> ${ctype}
        OR coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') <> ${localeProvider}
        OR coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '') <> ${locale ?? ''}
        OR d.dattablespace <> t.dattablespace
      THEN 'it has another encoding, sorting or tablespace than a new one would have' END,
    CASE WHEN EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setdatabase = d.oid)
        OR EXISTS (SELECT FROM pg_shdescription s WHERE s.classoid = d.tableoid AND s.objoid = d.oid)
        OR EXISTS (SELECT FROM pg_shseclabel s WHERE s.classoid = d.tableoid AND s.objoid = d.oid)
        OR EXISTS (SELECT FROM aclexplode(d.datacl) a WHERE a.grantor <> d.datdba)
        OR d.datacl IS NOT NULL AND 3 > (SELECT count(*) FROM aclexplode(d.datacl) a WHERE a.grantee = d.datdba)
      THEN 'it has settings, a comment or privileges of its own' END,
    CASE WHEN EXISTS (SELECT FROM pg_default_acl) THEN 'somebody grants privileges by default in it' END,
    CASE WHEN EXISTS (SELECT FROM pg_subscription s WHERE s.subdbid = d.oid)
        OR EXISTS (SELECT FROM pg_replication_slots s WHERE s.database = d.datname)
        OR EXISTS (SELECT FROM pg_prepared_xacts s WHERE s.database = d.datname)
      THEN 'subscriptions, replication slots or prepared transactions are of it' END,
    CASE WHEN EXISTS (SELECT FROM pg_class c JOIN pg_depend e ON e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e'
        WHERE c.relkind IN ('r', 'p')) THEN 'extensions keep tables of their own in it' END,
    CASE WHEN EXISTS (${strangersIn(sql`d.datname::text`)}) THEN ${OTHERS_CONNECTED} END], NULL))
  FROM pg_database d JOIN pg_roles r ON r.rolname = current_user JOIN pg_database t ON t.datname = 'template0'
  WHERE d.datname = current_database()`;

export interface ExchangeAsked {
  readonly details: DumpDetails;
  readonly there: TargetObjects;
  readonly held: readonly HeldObject[];
  readonly parts: HeldParts;
}

/** Everything that the dump does not hold stays where it is, so the database must stay, too. */
const holdsMore = ({ there, held, parts }: ExchangeAsked): boolean => {
  const keys = new Set(held.map(({ key }) => key));
  return (
    there.objects.some(({ fate }) => fate === 'stays' || fate === 'blocks') ||
    there.largeObjects.some((number) => !keys.has(`LARGE OBJECT ${number}`)) ||
    there.schemaGrants.some((grant) => !parts.has(grant))
  );
};

/** @returns why the database cannot be exchanged, as the end of a sentence; undefined when it can. */
export const exchangeObstacle = async (
  session: Session,
  asked: ExchangeAsked,
): Promise<string | undefined> => {
  if (holdsMore(asked)) return 'the database has more than the dump';
  const [reason] = await queryJson(session, z.array(z.string()), reasonsSql(asked.details));
  return reason;
};

/** A session in another database of the server to which the user may connect. */
export const sessionBeside = async (
  session: Session,
  neighbours: readonly string[],
): Promise<Session | undefined> => {
  const { connection } = session;
  for (const database of neighbours.filter((name) => name !== connection.database)) {
    const beside = { ...session, connection: withDatabase(connection, database) };
    const there = await queryServerVersion(beside).catch(() => undefined);
    session.signal.throwIfAborted();
    if (there !== undefined) return beside;
  }
  return undefined;
};

/**
 * Gives the draft what the database itself has and the dump of another one does not say: owner, privileges, a limit.
 */
export const carryOver = (session: Session, { database, draft }: Names): Promise<void> =>
  executeAtOnce(
    session,
    sql`SELECT s.step FROM pg_catalog.pg_database d CROSS JOIN LATERAL (
        SELECT 1 AS place, pg_catalog.format('ALTER DATABASE %I OWNER TO %I', ${databaseName(draft)}, pg_catalog.pg_get_userbyid(d.datdba)) AS step
          WHERE pg_catalog.pg_get_userbyid(d.datdba) <> current_user
        UNION ALL SELECT 2, pg_catalog.format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO PUBLIC', ${databaseName(draft)}) WHERE d.datacl IS NULL
        UNION ALL SELECT 3, pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, ${databaseName(draft)},
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
            CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM pg_catalog.aclexplode(d.datacl) a WHERE a.grantee <> d.datdba
        UNION ALL SELECT 4, pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT %s', ${databaseName(draft)}, d.datconnlimit)
          WHERE d.datconnlimit <> -1) s
      WHERE d.datname::text = ${databaseName(database)} ORDER BY s.place`,
  );

interface Names {
  readonly database: string;
  readonly draft: string;
}

interface Patience {
  readonly patience: LockPatience;
  readonly log: Logger;
}

const rename = (from: string, to: string): Sql =>
  sql`pg_catalog.format('ALTER DATABASE %I RENAME TO %I', ${databaseName(from)}, ${databaseName(to)})`;

export const renameDatabase = (session: Session, from: string, to: string): Promise<void> =>
  executeAtOnce(session, sql`SELECT ${rename(from, to)}`);

/**
 * Gives `draft` the name of the database, and the database the name `former`, in one moment. Waits for sessions that
 * use the database.
 *
 * @throws `component_failed` naming them when that lasts too long.
 */
const exchangeNames = async (
  session: Session,
  { database, draft, former }: Names & { former: string },
  { patience: { everySeconds, giveUpSeconds }, log }: Patience,
): Promise<void> => {
  const place = placeOf(withDatabase(session.connection, database));
  const until = Date.now() + giveUpSeconds * 1000;
  for (;;) {
    const holders = await queryJson(
      session,
      z.array(z.string()),
      sql`SELECT to_json(array(${othersIn(databaseName(database))}))`,
    );
    try {
      if (holders.length === 0)
        return await executeAtOnce(
          session,
          sql`SELECT pg_catalog.unnest(ARRAY[${rename(database, former)}, ${rename(draft, database)}])`,
        );
    } catch (thrown) {
      session.signal.throwIfAborted();
      // Somebody may have connected between the check and the exchange: the next check then names them.
      if (Date.now() >= until || !(thrown instanceof HoldfastError) || thrown.code !== 'component_failed')
        throw thrown;
    }
    if (Date.now() >= until)
      throw new HoldfastError(
        'component_failed',
        `the restore into ${place} was cancelled and nothing was changed: the database is in use by ${holders.join(', ')}; stop what uses the database, then restore again`,
      );
    log.warn('the restore waits for other sessions that use the database', { place, holders });
    await pause(everySeconds * 1000, undefined, { signal: session.signal });
  }
};

/** The former database may hold something that nobody planned to lose, so it stays. A further attempt checks again. */
const lookFailed = (thrown: unknown, place: string, former: string): unknown =>
  thrown instanceof HoldfastError
    ? new HoldfastError(
        thrown.code,
        `${place} is restored, but the database that it replaces could not be checked again, and is kept as "${former}": ${thrown.message}; see whether it has anything that the new one does not have, then drop it`,
        { cause: thrown },
      )
    : thrown;

/**
 * Exchanges the names, and exchanges them back if the former database holds something that nobody planned to lose. This
 * can be checked only afterwards, when others no longer know its name and cannot add to it.
 *
 * @throws `component_failed`; the database is then unchanged.
 */
export const exchangeDatabases = async (
  { beside, obstacle }: Exchange,
  names: Names & { former: string },
  how: Patience,
): Promise<void> => {
  const { database, draft, former } = names;
  const place = placeOf(withDatabase(beside.connection, database));
  const look = async (name: string): Promise<HoldfastError | undefined> => {
    const why = await obstacle({ ...beside, connection: withDatabase(beside.connection, name) });
    if (why === undefined) return undefined;
    return new HoldfastError(
      'component_failed',
      `the restore into ${place} was cancelled and nothing was changed, since the database has changed after the plan: ${why}; restore again`,
    );
  };
  const before = await look(database);
  if (before !== undefined) throw before;
  await exchangeNames(beside, names, how);
  const after = await look(former).catch((thrown: unknown) => {
    throw lookFailed(thrown, place, former);
  });
  if (after === undefined) return;
  await exchangeNames(beside, { database, draft: former, former: draft }, how);
  throw after;
};
