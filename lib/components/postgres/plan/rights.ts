/**
 * Rights that the restoring user lacks at the target, object by object, so that no dry run succeeds where the restore
 * fails.
 */
import * as z from 'zod';
import type { DumpEntry } from '../dump/dump-head.ts';
import type { Decode } from '../dump/dump-text.ts';
import { queryJson, type Session } from '../server/psql.ts';
import { type Sql, sql } from '../server/sql.ts';
import type { HeldObject } from './held-objects.ts';
import { isOwned } from './role-edits.ts';
import type { TargetObjects } from './target-objects.ts';

/** An object that the user may not make, or not overwrite, or not give to its owner. */
export interface Lacking {
  readonly path: string;
  readonly reason: string;
  /** The dump's entry. */
  readonly entry: DumpEntry;
  /** Whether it can be made, but with another owner. */
  readonly disowned?: boolean;
}

export interface RightsAsked {
  /** Entries in the form that this server accepts, from `editRoles`. */
  readonly entries: readonly DumpEntry[];
  readonly held: readonly HeldObject[];
  readonly decode: Decode;
  /** Undefined: the restore makes the database, which then belongs to the user. */
  readonly there: TargetObjects | undefined;
  readonly server: { readonly user: string; readonly superuser: boolean; readonly major: number };
}

const FOR_SUPERUSERS = new Set([
  ...['EVENT TRIGGER', 'FOREIGN DATA WRAPPER', 'ACCESS METHOD', 'TEXT SEARCH PARSER', 'TEXT SEARCH TEMPLATE'],
  ...['PROCEDURAL LANGUAGE', 'OPERATOR CLASS', 'OPERATOR FAMILY', 'SHELL TYPE'],
]);
/** Routines in languages with all of the server's rights, and routines that promise not to leak their arguments. */
const OF_SUPERUSERS = /\n {4}LANGUAGE "?(c|internal|pl\w+u)"?(\s|$)| LEAKPROOF\b/;
/** Kinds of which some objects need a superuser, by their statement before the function's body. */
const FOR_SUPERUSERS_WHERE: Readonly<Record<string, RegExp>> = {
  TYPE: /\n {4}INPUT = |^[^(]*(?<! AS [A-Z]+ );\s*$/,
  FUNCTION: OF_SUPERUSERS,
  PROCEDURE: OF_SUPERUSERS,
  CAST: / WITHOUT FUNCTION/,
  PUBLICATION: / FOR ALL TABLES/,
  'PUBLICATION TABLES IN SCHEMA': /^/,
};

const needsSuperuser = ({ description, definition }: DumpEntry): boolean => {
  const [said = ''] = (definition ?? '').split(/\n {4}AS |\n {4}BEGIN ATOMIC|\n {4}RETURN /, 1);
  return FOR_SUPERUSERS.has(description) || FOR_SUPERUSERS_WHERE[description]?.test(said) === true;
};

/** Kinds that need a right on the database itself. */
const IN_DATABASE = new Set(['SCHEMA', 'PUBLICATION', 'EXTENSION']);

/** @returns what cannot be overwritten, made or given to its owner; nothing for a superuser, who may do everything */
export const rightsLacking = async (session: Session, asked: RightsAsked): Promise<Lacking[]> => {
  const { held, decode, there, server } = asked;
  if (server.superuser) return [];
  const rights = await queryJson(session, rightsSchema, rightsSql(asked));
  const owners = new Map(there?.foreign.map(({ key, owner }) => [key, owner]));
  const closed = new Set(there?.closed);
  const present = new Set(there?.objects.map(({ key }) => key));
  const shut = new Set(rights.shut);
  const entries = new Map(asked.entries.map((entry) => [entry.id, entry]));
  return held.flatMap(({ key, path, entry, part }): Lacking[] => {
    const owner = owners.get(key);
    if (owner !== undefined)
      return [{ entry, path, reason: `it belongs to "${owner}", for whom "${server.user}" may not act` }];
    const kept = /^(SCHEMA|EXTENSION|SUBSCRIPTION) /.test(key) && present.has(key);
    if (kept) return [];
    if (needsSuperuser(entry))
      return [{ entry, path, reason: `only a superuser may create it, which "${server.user}" is not` }];
    if (entry.description === 'SUBSCRIPTION' && !rights.subscribes)
      return [{ entry, path, reason: `"${server.user}" may not create subscriptions` }];
    const schema = decode(entry.schema ?? '');
    if (part || entry.dropStatement === null || entry.dropStatement === '') return [];
    if (closed.has(schema))
      return [{ entry, path, reason: `"${server.user}" may not create anything in the schema "${schema}"` }];
    if (there !== undefined && !rights.create && IN_DATABASE.has(entry.description))
      return [{ entry, path, reason: `"${server.user}" has no CREATE right on the database` }];
    const given = entries.get(entry.id);
    const to = decode(given?.owner ?? '');
    if (given === undefined || !shut.has(pairOf(schema, to))) return [];
    return [
      {
        disowned: true,
        entry,
        path,
        reason: `its owner "${to}" may not create anything in the schema "${schema}"`,
      },
    ];
  });
};

const rightsSchema = z.object({
  create: z.boolean(),
  subscribes: z.boolean(),
  shut: z.array(z.string()),
});

const pairOf = (schema: string, owner: string): string => JSON.stringify([schema, owner]);

/** Pairs of a schema and an owner of something in it, with the schema's future owner. */
const givenAway = ({ entries, decode, server }: RightsAsked): Map<string, readonly string[]> => {
  const owners = new Map<string, string>();
  for (const { description, tag, owner } of entries)
    if (description === 'SCHEMA') owners.set(decode(tag), decode(owner ?? ''));
  const pairs = new Map<string, readonly string[]>();
  for (const entry of entries) {
    const { schema } = entry;
    if (schema === null || schema === '' || !isOwned(entry) || entry.owner === '') continue;
    const [within, owner] = [decode(schema), decode(entry.owner ?? '')];
    // Before version 15 everybody may make things in `public`.
    if (owner !== server.user && !(within === 'public' && !owners.has(within) && server.major < 15))
      pairs.set(pairOf(within, owner), [within, owner, owners.get(within) || server.user]);
  }
  return pairs;
};

const isNamed = (column: Sql, key: Sql): Sql => sql`textsend(${column}::text) = decode(${key}, 'hex')`;

/**
 * A new owner needs the right to make things in the schema; in a schema that does not exist yet, its owner's rights.
 */
const rightsSql = (asked: RightsAsked): Sql => {
  const pairs = [...givenAway(asked)].map(([pair, names]) => {
    const [schema, owner, holder] = names.map((name) => Buffer.from(name).toString('hex'));
    return { pair, schema, owner, holder };
  });
  const exists = asked.there === undefined ? sql`false` : sql`true`;
  return sql`SELECT json_build_object(
    'create', has_database_privilege(current_database(), 'CREATE'),
    'subscribes', EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_create_subscription' AND pg_has_role(oid, 'USAGE')),
    'shut', coalesce((SELECT json_agg(p.pair)
      FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS p (pair text, schema text, owner text, holder text)
        JOIN pg_roles o ON ${isNamed(sql`o.rolname`, sql`p.owner`)}
        LEFT JOIN pg_namespace n ON ${exists} AND ${isNamed(sql`n.nspname`, sql`p.schema`)}
        LEFT JOIN pg_roles h ON ${isNamed(sql`h.rolname`, sql`p.holder`)}
      WHERE NOT coalesce(CASE WHEN n.oid IS NOT NULL THEN has_schema_privilege(o.oid, n.oid, 'CREATE')
        ELSE pg_has_role(o.oid, h.oid, 'USAGE') END, false)), '[]'))`;
};
