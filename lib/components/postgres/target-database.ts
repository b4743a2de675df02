/** What stands at the place of a restore, and what the dump needs that is not there. */
import * as z from 'zod';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { placeOf, withDatabase } from './connection.ts';
import { execute, queryJson, SERVER_VERSION_SQL, type Session, serverVersionSchema } from './psql.ts';
import type { DumpDetails } from './source-database.ts';

const missingRolesSchema = z.array(z.object({ role: z.string(), exists: z.boolean() }));

const serverSchema = z.object({
  ...serverVersionSchema.shape,
  user: z.string(),
  mayCreate: z.boolean(),
  /** Owners that are not there, or that the user may not act for. */
  owners: missingRolesSchema,
  grantees: z.array(z.string()),
  required: z.array(z.string()),
  extensions: z.array(z.string()),
  tablespaces: z.array(z.string()),
});

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

const namesIn = (list: string): string =>
  `jsonb_array_elements_text(:'needs'::jsonb -> '${list}') AS need (name)`;
const absent = (list: string, catalog: string, column: string): string => `array(
  SELECT need.name FROM ${namesIn(list)}
  WHERE NOT EXISTS (SELECT FROM pg_catalog.${catalog} c WHERE c.${column}::text = need.name) ORDER BY 1)`;

/** Since PostgreSQL 16 membership alone does not allow to act for a role: SET does. */
const SERVER_SQL = `SELECT json_build_object(
  ${SERVER_VERSION_SQL},
  'user', current_user,
  'mayCreate', (SELECT rolsuper OR rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user),
  'owners', coalesce((
    SELECT json_agg(json_build_object('role', need.name, 'exists', r.oid IS NOT NULL) ORDER BY need.name)
    FROM ${namesIn('owners')} LEFT JOIN pg_catalog.pg_roles r ON r.rolname::text = need.name
    WHERE r.oid IS NULL OR NOT CASE WHEN current_setting('server_version_num')::int >= 160000
      THEN pg_catalog.pg_has_role(r.oid, 'SET') ELSE pg_catalog.pg_has_role(r.oid, 'MEMBER') END), '[]'),
  'grantees', ${absent('grantees', 'pg_roles', 'rolname')},
  'required', ${absent('required', 'pg_roles', 'rolname')},
  'extensions', ${absent('extensions', 'pg_available_extensions', 'name')},
  'tablespaces', ${absent('tablespaces', 'pg_tablespace', 'spcname')})`;

const own = (catalog: string): string => `o.oid >= 16384 AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend
  WHERE classid = 'pg_catalog.${catalog}'::regclass AND objid = o.oid AND deptype = 'e')`;

const CONTENT_SQL = `SELECT json_build_object(
  'relations', coalesce((
    SELECT json_agg(json_build_object('schema', n.nspname, 'name', o.relname))
    FROM pg_catalog.pg_class o JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
    WHERE o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND o.relpersistence <> 't' AND n.nspname !~ '^pg_toast'
      AND ${own('pg_class')}), '[]'),
  'others',
    (SELECT count(*) FROM pg_catalog.pg_proc o WHERE ${own('pg_proc')})
    + (SELECT count(*) FROM pg_catalog.pg_type o WHERE o.typtype IN ('e', 'd', 'r') AND ${own('pg_type')})
    + (SELECT count(*) FROM pg_catalog.pg_class o WHERE o.relkind = 'c' AND ${own('pg_class')})
    + (SELECT count(*) FROM pg_catalog.pg_namespace o WHERE o.nspname !~ '^pg_' AND ${own('pg_namespace')})
    + (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata))`;

/** Connects to the target, or finds that it is not there by asking a neighbour. */
const reach = async (target: Session, neighbours: readonly string[]): Promise<Session | undefined> => {
  const exists = (session: Session): Promise<boolean> =>
    queryJson(
      session,
      z.boolean(),
      `SELECT to_json(EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname::text = :'name'))`,
      { name: target.connection.database },
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
  { owners, grantees, required, extensions, tablespaces }: DumpDetails,
): Promise<TargetDatabase> => {
  const neighbour = await reach(target, neighbours);
  const session = neighbour ?? target;
  const needs = JSON.stringify({ owners, grantees, required, extensions, tablespaces });
  const server = await queryJson(session, serverSchema, SERVER_SQL, { needs });
  const content = neighbour === undefined ? await queryJson(target, contentSchema, CONTENT_SQL) : undefined;
  return { ...server, content, session };
};

/** A new, empty database, as the dumped one was: with its encoding and its sorting. */
export const createDatabase = async (
  session: Session,
  name: string,
  { encoding, collate, ctype, localeProvider, locale }: DumpDetails,
): Promise<void> => {
  const provider =
    localeProvider === 'i' && locale !== null
      ? `LOCALE_PROVIDER icu ICU_LOCALE :'locale'`
      : localeProvider === 'b' && locale !== null
        ? `LOCALE_PROVIDER builtin BUILTIN_LOCALE :'locale'`
        : '';
  try {
    await execute(
      session,
      `CREATE DATABASE :"name" TEMPLATE template0 ENCODING :'encoding' LC_COLLATE :'collate' LC_CTYPE :'ctype' ${provider};`,
      { name, encoding, collate, ctype, locale: locale ?? '' },
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
export const dropCreatedDatabase = async (session: Session, name: string, log: Logger): Promise<void> => {
  // Its last session may be ending just now; force ends it, where the server knows how.
  const force =
    '\\if :can_force\nDROP DATABASE :"name" WITH (FORCE);\n\\else\nDROP DATABASE :"name";\n\\endif\n';
  const ask = `SELECT pg_catalog.current_setting('server_version_num')::int >= 130000 AS can_force \\gset\n`;
  try {
    await execute({ ...session, signal: AbortSignal.timeout(10_000) }, ask + force, { name });
  } catch (cause) {
    log.warn('the empty database that the failed restore had created is still there; drop it by hand', {
      database: name,
      place: placeOf(session.connection),
      cause: cause instanceof Error ? cause.message : String(cause),
    });
  }
};
