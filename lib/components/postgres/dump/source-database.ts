/** What Holdfast learns of a database before dumping it, and keeps in the archive for the restore. */
import * as z from 'zod';
import type { PostgresSettings } from '../../../model/components/postgres.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { Secrets } from '../../../ports/secrets.ts';
import { capturedDetails } from '../../details.ts';
import { databaseNamed, ownTarget } from '../plan/target-name.ts';
import { type ClientTools, findClientTools, newestTools, toolsFor } from '../server/client-tools.ts';
import { placeOf } from '../server/connection.ts';
import {
  queryJson,
  queryServerVersion,
  SERVER_VERSION_SQL,
  type ServerVersion,
  type Session,
} from '../server/psql.ts';
import { sql } from '../server/sql.ts';

/**
 * The name of a role, a database, an extension: PostgreSQL lets it hold any character but NUL, so it is kept unchanged.
 * It is only used as a value: compared with other names, and shown.
 */
const name = z
  .string()
  .refine(
    (text) => !text.includes('\0') && text.isWellFormed(),
    'has a NUL character or an unpaired surrogate',
  );
const names = z.array(name);

/**
 * The name of a collation for the system and for ICU: `C`, `de_DE.UTF-8@euro`, `Chinese_People's Republic of
 * China.936`.
 */
const sorting = z
  .string()
  .regex(/^[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N} _.,:;=@()&'’+/-]{0,127}$/u, 'is not the name of a collation');
const version = z.string().regex(/^[\w.+~-]{1,64}$/, 'is not a version');

/** The `details` of a component of this kind: everybody who has the archive can read them in its manifest. */
export const dumpDetailsSchema = z.object({
  format: z.literal('pg_dump custom'),
  /** Version of the server that was dumped. */
  version,
  major: z.number().int(),
  toolVersion: version,
  toolMajor: z.number().int(),
  database: name,
  encoding: z.string().regex(/^[A-Z][A-Z0-9_]{0,31}$/, 'is not the name of an encoding'),
  collate: sorting,
  ctype: sorting,
  /** c: the operating system's collations; i: ICU's; b: PostgreSQL's own. */
  localeProvider: z.string().regex(/^[a-z]$/, 'is not a letter'),
  locale: sorting.or(z.literal('')).nullable(),
  /** Roles that own something, that have privileges, and that policies or user mappings name. */
  owners: names,
  grantees: names,
  required: names,
  extensions: names,
  tablespaces: names,
  /** Superusers of the server. Absent in dumps of 0.1.0. */
  superusers: names.default([]),
  /** The search path of sessions there, for names without a schema. */
  searchPath: name.default('"$user", public'),
  /**
   * Sentences on things that are filled or checked by functions which use names without a schema: at most a hundred.
   */
  fragile: names.default([]),
});
export type DumpDetails = z.infer<typeof dumpDetailsSchema>;

/**
 * pg_shdepend lists dependencies on roles, except on the first superuser, so the catalogs are asked whether it owns
 * anything. Columns that later versions added or renamed are read through a row's JSON.
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
  'fragile', array(SELECT DISTINCT pg_catalog.format('%s uses %s',
      pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0))
    FROM pg_catalog.pg_depend d
      JOIN pg_catalog.pg_proc p ON d.refclassid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.refobjid
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql')
      LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
      LEFT JOIN pg_catalog.pg_class c ON c.oid = CASE
        WHEN d.classid = 'pg_catalog.pg_class'::regclass THEN d.objid ELSE r.ev_class END
      LEFT JOIN pg_catalog.pg_attrdef a ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND a.oid = d.objid
      LEFT JOIN pg_catalog.pg_attribute g ON g.attrelid = a.adrelid AND g.attnum = a.adnum
    WHERE p.oid >= 16384 AND to_jsonb(p) ->> 'prosqlbody' IS NULL
      AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS set (setting) WHERE setting LIKE 'search_path=%')
      AND (d.classid = 'pg_catalog.pg_constraint'::regclass OR c.relkind IN ('i', 'I', 'p', 'm')
        OR coalesce(to_jsonb(g) ->> 'attgenerated', '') <> '')
      AND (EXISTS (SELECT FROM pg_catalog.pg_class o WHERE o.oid >= 16384 AND o.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND pg_catalog.strpos(p.prosrc, o.relname::text) > 0)
        OR EXISTS (SELECT FROM pg_catalog.pg_proc o WHERE o.oid >= 16384 AND o.oid <> p.oid
          AND pg_catalog.strpos(p.prosrc, o.proname::text) > 0))
    ORDER BY 1 LIMIT 100),
  'searchPath', (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path'),
  'superusers', array(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolsuper ORDER BY 1),
  'extensions', array(SELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1),
  'tablespaces', array(SELECT DISTINCT spcname::text FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace WHERE c.oid >= 16384 ORDER BY 1))
FROM this`;

/** Size of tables with their TOAST tables, and of large objects; indexes are not dumped. */
const EXPECTED_BYTES_SQL = sql`
SELECT coalesce(sum(pg_catalog.pg_table_size(c.oid)), 0)::bigint
  + pg_catalog.pg_relation_size('pg_catalog.pg_largeobject')
FROM pg_catalog.pg_class c
WHERE c.relkind = 'r' AND c.oid >= 16384 AND c.relpersistence <> 't'`;

export interface Source {
  readonly session: Session;
  readonly server: ServerVersion;
}

/** Chooses the tools for a server. @throws `component_unavailable` naming both versions when all tools are too old. */
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

/** @throws `component_failed` for a server whose answers no restore could use */
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

/** Approximate size of pg_dump's output, before compression. */
export const queryExpectedBytes = (session: Session): Promise<number> =>
  queryJson(session, z.number().int().nonnegative(), EXPECTED_BYTES_SQL);

/**
 * Tables whose rows a dump of this server lacks: a standby does not get rows of unlogged tables, and pg_dump leaves
 * them out silently.
 */
export const queryRowsNotHere = (session: Session): Promise<string[]> =>
  queryJson(
    session,
    z.array(z.string()),
    sql`SELECT coalesce(json_agg(n.nspname || '.' || c.relname ORDER BY n.nspname, c.relname), '[]')
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE pg_is_in_recovery() AND c.relpersistence = 'u' AND c.relkind = 'r'`,
  );

/**
 * Sentences on materialised views that no restore can fill: a restore fills them with their owner's rights, but the
 * role that filled them could read more. What views below them may read is checked at a restore.
 */
export const queryUnfilled = (session: Session): Promise<string[]> =>
  queryJson(
    session,
    z.array(z.string()),
    sql`SELECT coalesce(json_agg(DISTINCT format(
        'a restore cannot fill the materialised view %s.%s: its owner %s may not read %s.%s; grant that, or make its owner one who may',
        n.nspname, c.relname, r.rolname, tn.nspname, t.relname)), '[]')
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
        JOIN pg_rewrite w ON w.ev_class = c.oid
        JOIN pg_depend d ON d.classid = w.tableoid AND d.objid = w.oid AND d.refclassid = c.tableoid AND d.refobjid <> c.oid
        JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
      WHERE c.relkind = 'm' AND c.relispopulated AND t.relkind IN ('r', 'p', 'v', 'm', 'f') AND (
        t.relrowsecurity AND NOT r.rolbypassrls AND NOT pg_has_role(r.oid, t.relowner, 'USAGE')
        OR NOT CASE d.refobjsubid WHEN 0 THEN has_any_column_privilege(r.oid, t.oid, 'SELECT')
          ELSE has_column_privilege(r.oid, t.oid, d.refobjsubid::smallint, 'SELECT') END)`,
  );
