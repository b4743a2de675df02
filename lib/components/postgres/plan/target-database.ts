/** What exists at the target of a restore, and what the dump needs and the target lacks. */
import * as z from 'zod';
import type { DumpDetails } from '../dump/source-database.ts';
import { withDatabase } from '../server/connection.ts';
import { queryJson, SERVER_VERSION_SQL, type Session, serverVersionSchema } from '../server/psql.ts';
import { databaseName, type Sql, sql } from '../server/sql.ts';
import type { DumpRoles } from './role-edits.ts';

export interface TargetDatabase extends z.infer<typeof serverSchema> {
  /** Whether the database exists already. */
  readonly exists: boolean;
  /** Connected to the target, or to a neighbour when the target does not exist yet. */
  readonly session: Session;
}

/** Names in hexadecimal, in the form in which `needed` sends them. */
const named = z.string().transform((hex) => Buffer.from(hex, 'hex').toString('utf8'));

const serverSchema = z.object({
  ...serverVersionSchema.shape,
  user: z.string(),
  superuser: z.boolean(),
  /** Why the user's sessions cannot write there. */
  readOnly: z.enum(['standby', 'setting']).nullable(),
  /** Extensions of the dump that only a superuser may create there. */
  forSuperusers: z.array(named),
  mayCreate: z.boolean(),
  /** Approximate number of locks that all transactions there can hold together. */
  locks: z.number(),
  /** Owners that do not exist, or that the user may not act for. */
  owners: z.array(z.object({ role: named, exists: z.boolean() })),
  grantees: z.array(named),
  required: z.array(named),
  extensions: z.array(named),
  tablespaces: z.array(named),
});

/**
 * Names in an archive as a relation `need (hex)`, and how catalog names are compared with them: byte by byte, so that
 * neither a database's encoding nor any character in a name matters.
 */
const needed = (names: readonly string[]): Sql =>
  sql`jsonb_array_elements_text(${JSON.stringify(names.map((name) => Buffer.from(name).toString('hex')))}::jsonb) AS need (hex)`;
const isNeeded = (column: Sql): Sql => sql`textsend(${column}::text) = decode(need.hex, 'hex')`;

const absent = (names: readonly string[], catalog: Sql, column: Sql): Sql => sql`array(
  SELECT need.hex FROM ${needed(names)} WHERE NOT EXISTS (SELECT FROM ${catalog} WHERE ${isNeeded(column)}) ORDER BY 1)`;

export type Needs = DumpRoles & Pick<DumpDetails, 'extensions' | 'tablespaces'>;

/** Since PostgreSQL 16 membership alone does not allow acting for a role: SET does. */
const serverSql = ({
  owners,
  grantees,
  required,
  extensions,
  tablespaces,
}: Needs): Sql => sql`SELECT json_build_object(
  ${SERVER_VERSION_SQL},
  'user', current_user,
  'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'locks', current_setting('max_locks_per_transaction')::bigint
    * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint),
  'readOnly', CASE WHEN pg_is_in_recovery() THEN 'standby'
    WHEN (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') = 'on' THEN 'setting' END,
  'forSuperusers', array(SELECT need.hex FROM ${needed(extensions)}
    WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
      AND NOT EXISTS (SELECT FROM pg_extension x WHERE ${isNeeded(sql`x.extname`)})
      AND EXISTS (SELECT FROM pg_available_extension_versions v WHERE ${isNeeded(sql`v.name`)})
      AND NOT EXISTS (SELECT FROM pg_available_extension_versions v
        WHERE ${isNeeded(sql`v.name`)} AND (coalesce((to_jsonb(v) ->> 'trusted')::boolean, false) OR NOT v.superuser)) ORDER BY 1),
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

/** Connects to the target, or finds that it does not exist by asking a neighbour. */
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
    // Asked again instead of reading the message: a server may speak any language.
    for (const database of neighbours) {
      const neighbour = { ...target, connection: withDatabase(target.connection, database) };
      const there = await exists(neighbour).catch(() => undefined);
      target.signal.throwIfAborted();
      if (there === false) return neighbour;
    }
    throw noTarget;
  }
};

/** Looks at the target and changes nothing. @throws `component_unavailable` when the server can't be reached */
export const inspectTarget = async (
  target: Session,
  neighbours: readonly string[],
  needs: Needs,
): Promise<TargetDatabase> => {
  const neighbour = await reach(target, neighbours);
  const session = neighbour ?? target;
  const server = await queryJson(session, serverSchema, serverSql(needs));
  return { ...server, exists: neighbour === undefined, session };
};
