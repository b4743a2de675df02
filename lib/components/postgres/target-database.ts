/** What stands at the place of a restore, and what the dump needs that is not there. */
import * as z from 'zod';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { placeOf, withDatabase } from './connection.ts';
import { executeBuilt, queryJson, SERVER_VERSION_SQL, type Session, serverVersionSchema } from './psql.ts';
import type { DumpDetails } from './source-database.ts';
import { databaseName, type Sql, sql } from './sql.ts';

const contentSchema = z.object({
  relations: z.array(z.object({ schema: z.string(), name: z.string() })),
  /** Functions, types, schemas, large objects: what makes a database not empty besides its relations. */
  others: z.number().int(),
});

export interface TargetDatabase extends z.infer<typeof serverSchema> {
  /** Undefined: there is no such database yet. */
  readonly content: z.infer<typeof contentSchema> | undefined;
  /** Connected to the target, or to its neighbour when there is no target yet. */
  readonly session: Session;
}

/** Names in hexadecimal, as `needed` sends them. */
const named = z.string().transform((hex) => Buffer.from(hex, 'hex').toString('utf8'));

const serverSchema = z.object({
  ...serverVersionSchema.shape,
  user: z.string(),
  mayCreate: z.boolean(),
  /** Owners that are not there, or that the user may not act for. */
  owners: z.array(z.object({ role: named, exists: z.boolean() })),
  grantees: z.array(named),
  required: z.array(named),
  extensions: z.array(named),
  tablespaces: z.array(named),
});

/**
 * Names of an archive as a relation `need (hex)`, and how the catalogs' own are held against them: byte by byte, so
 * that no encoding of a database comes between, nor any character that a name may hold.
 */
const needed = (names: readonly string[]): Sql =>
  sql`jsonb_array_elements_text(${JSON.stringify(names.map((name) => Buffer.from(name).toString('hex')))}::jsonb) AS need (hex)`;
const isNeeded = (column: Sql): Sql => sql`textsend(${column}::text) = decode(need.hex, 'hex')`;

const absent = (names: readonly string[], catalog: Sql, column: Sql): Sql => sql`array(
  SELECT need.hex FROM ${needed(names)} WHERE NOT EXISTS (SELECT FROM ${catalog} WHERE ${isNeeded(column)}) ORDER BY 1)`;

type Needs = Pick<DumpDetails, 'owners' | 'grantees' | 'required' | 'extensions' | 'tablespaces'>;

/** Since PostgreSQL 16 membership alone does not allow to act for a role: SET does. */
const serverSql = ({
  owners,
  grantees,
  required,
  extensions,
  tablespaces,
}: Needs): Sql => sql`SELECT json_build_object(
  ${SERVER_VERSION_SQL},
  'user', current_user,
  'mayCreate', (SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user),
  'owners', coalesce((
    SELECT json_agg(json_build_object('role', need.hex, 'exists', r.oid IS NOT NULL) ORDER BY need.hex)
    FROM ${needed(owners)} LEFT JOIN pg_roles r ON ${isNeeded(sql`r.rolname`)}
    WHERE r.oid IS NULL OR NOT CASE WHEN current_setting('server_version_num')::int >= 160000
      THEN pg_has_role(r.oid, 'SET') ELSE pg_has_role(r.oid, 'MEMBER') END), '[]'),
  'grantees', ${absent(grantees, sql`pg_roles`, sql`rolname`)},
  'required', ${absent(required, sql`pg_roles`, sql`rolname`)},
  'extensions', ${absent(extensions, sql`pg_available_extensions`, sql`name`)},
  'tablespaces', ${absent(tablespaces, sql`pg_tablespace`, sql`spcname`)})`;

const own = (catalog: Sql): Sql => sql`o.oid >= 16384 AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend
  WHERE classid = ${catalog}::regclass AND objid = o.oid AND deptype = 'e')`;

const CONTENT_SQL = sql`SELECT json_build_object(
  'relations', coalesce((
    SELECT json_agg(json_build_object('schema', n.nspname, 'name', o.relname))
    FROM pg_catalog.pg_class o JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
    WHERE o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND o.relpersistence <> 't' AND n.nspname !~ '^pg_toast'
      AND ${own(sql`'pg_catalog.pg_class'`)}), '[]'),
  'others',
    (SELECT count(*) FROM pg_catalog.pg_proc o WHERE ${own(sql`'pg_catalog.pg_proc'`)})
    + (SELECT count(*) FROM pg_catalog.pg_type o WHERE o.typtype IN ('e', 'd', 'r') AND ${own(sql`'pg_catalog.pg_type'`)})
    + (SELECT count(*) FROM pg_catalog.pg_class o WHERE o.relkind = 'c' AND ${own(sql`'pg_catalog.pg_class'`)})
    + (SELECT count(*) FROM pg_catalog.pg_namespace o WHERE o.nspname !~ '^pg_' AND ${own(sql`'pg_catalog.pg_namespace'`)})
    + (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata))`;

/** Connects to the target, or finds that it is not there by asking a neighbour. */
const reach = async (target: Session, neighbours: readonly string[]): Promise<Session | undefined> => {
  const exists = (session: Session): Promise<boolean> =>
    queryJson(
      session,
      z.boolean(),
      sql`SELECT to_json(EXISTS (SELECT FROM pg_database WHERE datname::text = ${databaseName(target.connection.database)}))`,
    );
  try {
    await exists(target);
    return undefined;
  } catch (noTarget) {
    // Asked rather than read off the words: a server may speak any language.
    for (const database of neighbours) {
      const neighbour = { ...target, connection: withDatabase(target.connection, database) };
      const there = await exists(neighbour).catch(() => undefined);
      target.signal.throwIfAborted();
      if (there === false) return neighbour;
    }
    throw noTarget;
  }
};

/** Looks at the target and changes nothing. @throws `component_unavailable` when the server can't be reached. */
export const inspectTarget = async (
  target: Session,
  neighbours: readonly string[],
  needs: Needs,
): Promise<TargetDatabase> => {
  const neighbour = await reach(target, neighbours);
  const session = neighbour ?? target;
  const server = await queryJson(session, serverSchema, serverSql(needs));
  const content = neighbour === undefined ? await queryJson(target, contentSchema, CONTENT_SQL) : undefined;
  return { ...server, content, session };
};

/** How a database is told to sort by other rules than the operating system's; undefined for rules that nobody knows. */
const providerSql = ({ localeProvider, locale }: DumpDetails): Sql | undefined => {
  if (localeProvider === 'c' || locale === null) return sql``;
  if (localeProvider === 'i') return sql` LOCALE_PROVIDER icu ICU_LOCALE %5$L`;
  return localeProvider === 'b' ? sql` LOCALE_PROVIDER builtin BUILTIN_LOCALE %5$L` : undefined;
};

/** Whether `createDatabase` knows how. */
export const canCreateDatabase = (details: DumpDetails): boolean => providerSql(details) !== undefined;

/** A new, empty database, as the dumped one was: with its encoding and its sorting. */
export const createDatabase = async (session: Session, name: string, details: DumpDetails): Promise<void> => {
  const { encoding, collate, ctype, locale } = details;
  const words = sql`'CREATE DATABASE %1$I TEMPLATE template0 ENCODING %2$L LC_COLLATE %3$L LC_CTYPE %4$L${providerSql(details) ?? sql``}'`;
  try {
    await executeBuilt(
      session,
      sql`SELECT pg_catalog.format(${words}, ${databaseName(name)}, ${encoding}, ${collate}, ${ctype}, ${locale ?? ''})`,
    );
  } catch (cause) {
    if (!(cause instanceof HoldfastError) || cause.code !== 'component_failed') throw cause;
    throw new HoldfastError(
      'component_failed',
      `the database "${name}" could not be created: ${cause.message}; create it yourself, then restore into it`,
      { cause },
    );
  }
};

/** Removes the database that a failed restore created. A failure to do so is told to the log: it left it empty. */
export const dropCreatedDatabase = async (
  { session, major }: TargetDatabase,
  name: string,
  log: Logger,
): Promise<void> => {
  // Its last session may be ending just now; force ends it, where the server knows how.
  const words = major >= 13 ? sql`'DROP DATABASE %I WITH (FORCE)'` : sql`'DROP DATABASE %I'`;
  try {
    await executeBuilt(
      { ...session, signal: AbortSignal.timeout(10_000) },
      sql`SELECT pg_catalog.format(${words}, ${databaseName(name)})`,
    );
  } catch (cause) {
    log.warn('the empty database that the failed restore had created is still there; drop it by hand', {
      database: name,
      place: placeOf(session.connection),
      cause: cause instanceof Error ? cause.message : String(cause),
    });
  }
};
