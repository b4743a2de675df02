/** What Holdfast learns of a database before dumping it, and keeps in the archive for the restore. */
import * as z from 'zod';
import type { PostgresSettings } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { capturedDetails } from '../details.ts';
import { type ClientTools, findClientTools, newestTools, toolsFor } from './client-tools.ts';
import { placeOf } from './connection.ts';
import {
  queryJson,
  queryServerVersion,
  SERVER_VERSION_SQL,
  type ServerVersion,
  type Session,
} from './psql.ts';
import { sql } from './sql.ts';
import { databaseNamed, ownTarget } from './target-name.ts';

/**
 * The name of a role, a database, an extension: PostgreSQL lets it hold any character but NUL, so it is kept as it is. It
 * is only ever a value: held against other names, and shown.
 */
const name = z
  .string()
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'holds a NUL character, or half of one');
const names = z.array(name);

/** A sorting's name as systems and ICU have them: `C`, `de_DE.UTF-8@euro`, `Chinese_People's Republic of China.936`. */
const sorting = z
  .string()
  .regex(/^[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N} _.,:;=@()&'’+/-]{0,127}$/u, 'is no name of a sorting');
const version = z.string().regex(/^[\w.+~-]{1,64}$/, 'is no version');

/** `details` of a component of this kind: open to everyone who sees the archive's manifest. */
export const dumpDetailsSchema = z.object({
  format: z.literal('pg_dump custom'),
  /** The server dumped from. */
  version,
  major: z.number().int(),
  toolVersion: version,
  toolMajor: z.number().int(),
  database: name,
  encoding: z.string().regex(/^[A-Z][A-Z0-9_]{0,31}$/, 'is no name of an encoding'),
  collate: sorting,
  ctype: sorting,
  /** c: the operating system's; i: ICU's; b: PostgreSQL's own. */
  localeProvider: z.string().regex(/^[a-z]$/, 'is no letter'),
  locale: sorting.or(z.literal('')).nullable(),
  /** Roles that own something, that hold privileges, and that policies or user mappings name. */
  owners: names,
  grantees: names,
  required: names,
  extensions: names,
  tablespaces: names,
});
export type DumpDetails = z.infer<typeof dumpDetailsSchema>;

/**
 * Dependencies on roles stand in pg_shdepend; on the first superuser they do not, so it is asked of the catalogs
 * whether it owns anything. Columns that later versions added or renamed are read through a row's JSON.
 */
const DATABASE_SQL = sql`
WITH this AS (SELECT * FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()),
needs AS (
  SELECT DISTINCT r.rolname::text AS role, d.deptype::text AS how,
    d.classid IN ('pg_catalog.pg_policy'::regclass, 'pg_catalog.pg_user_mapping'::regclass) AS named
  FROM pg_catalog.pg_shdepend d JOIN this ON d.dbid = this.oid JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
  WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass),
first_superuser AS (
  SELECT pg_catalog.pg_get_userbyid(10)::text AS role WHERE EXISTS (
    SELECT FROM pg_catalog.pg_class WHERE relowner = 10 AND oid >= 16384 UNION ALL
    SELECT FROM pg_catalog.pg_proc WHERE proowner = 10 AND oid >= 16384 UNION ALL
    SELECT FROM pg_catalog.pg_type WHERE typowner = 10 AND oid >= 16384 UNION ALL
    SELECT FROM pg_catalog.pg_namespace WHERE nspowner = 10 AND oid >= 16384 UNION ALL
    SELECT FROM pg_catalog.pg_largeobject_metadata WHERE lomowner = 10))
SELECT json_build_object(
  ${SERVER_VERSION_SQL},
  'database', datname,
  'encoding', pg_catalog.pg_encoding_to_char(encoding),
  'collate', datcollate,
  'ctype', datctype,
  'localeProvider', coalesce(to_jsonb(this) ->> 'datlocprovider', 'c'),
  'locale', coalesce(to_jsonb(this) ->> 'datlocale', to_jsonb(this) ->> 'daticulocale'),
  'owners', array(SELECT role FROM needs WHERE how = 'o' AND NOT named
    UNION SELECT role FROM first_superuser ORDER BY 1),
  'grantees', array(SELECT DISTINCT role FROM needs WHERE how IN ('a', 'i') ORDER BY 1),
  'required', array(SELECT DISTINCT role FROM needs WHERE named OR how = 'r' ORDER BY 1),
  'extensions', array(SELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1),
  'tablespaces', array(SELECT DISTINCT spcname::text FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace WHERE c.oid >= 16384 ORDER BY 1))
FROM this`;

/** Tables with their overflow, and large objects; indexes are not dumped. */
const EXPECTED_BYTES_SQL = sql`
SELECT coalesce(sum(pg_catalog.pg_table_size(c.oid)), 0)::bigint
  + pg_catalog.pg_relation_size('pg_catalog.pg_largeobject')
FROM pg_catalog.pg_class c
WHERE c.relkind = 'r' AND c.oid >= 16384 AND c.relpersistence <> 't'`;

export interface Source {
  readonly session: Session;
  readonly server: ServerVersion;
}

/** Fits the tools to a server. @throws `component_unavailable` naming both versions when all tools are too old. */
export const fittingTools = (
  tools: readonly ClientTools[],
  { major, version }: ServerVersion,
  place: string,
): ClientTools => {
  const fitting = toolsFor(tools, major);
  if (fitting !== undefined) return fitting;
  const newest = newestTools(tools);
  throw new HoldfastError(
    'component_unavailable',
    `${place} is PostgreSQL ${version}, but the newest client here is ${newest.version} (${newest.folder}), ` +
      `and the client must not be older than the server; install version ${major} (on Debian: postgresql-client-${major})`,
  );
};

/** Finds the tools, resolves the URL, connects, and compares versions. */
export const openSource = async (
  task: { settings: PostgresSettings; secrets: Secrets; signal: AbortSignal },
  folders?: readonly string[],
): Promise<Source> => {
  const tools = await findClientTools(folders);
  const { connection } = await databaseNamed(ownTarget(task.settings), task);
  const { signal } = task;
  const server = await queryServerVersion({ tools: newestTools(tools), connection, signal });
  const fitting = fittingTools(tools, server, placeOf(connection));
  return { session: { tools: fitting, connection, signal }, server };
};

/** @throws `component_failed` for a server whose words no restore could use. */
export const queryDetails = async (session: Session): Promise<DumpDetails> =>
  capturedDetails(
    dumpDetailsSchema,
    {
      format: 'pg_dump custom',
      ...(await queryJson(session, z.record(z.string(), z.unknown()), DATABASE_SQL)),
      toolVersion: session.tools.version,
      toolMajor: session.tools.major,
    },
    placeOf(session.connection),
  );

/** About what pg_dump will give, before compression. */
export const queryExpectedBytes = (session: Session): Promise<number> =>
  queryJson(session, z.number().int().nonnegative(), EXPECTED_BYTES_SQL);
