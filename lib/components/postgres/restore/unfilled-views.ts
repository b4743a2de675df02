/**
 * Finds materialised views that a restore cannot fill. It fills them with their owners' rights, but in the source
 * somebody else, such as a superuser, may have filled them. The dump says who may read what; the target server says
 * which roles have the rights of others.
 */
import * as z from 'zod';
import type { DumpEntry } from '../dump/dump-head.ts';
import { type Decode, rolesIn, statementsIn } from '../dump/dump-text.ts';
import { entryPath } from '../plan/held-objects.ts';
import { queryJson, type Session } from '../server/psql.ts';
import { sql } from '../server/sql.ts';

/** The restoring user, whose name the dump does not know. */
const USER = '';
const PUBLIC = Symbol('PUBLIC');
type Role = string | typeof PUBLIC;

const RELATIONS = /^(TABLE|VIEW|MATERIALIZED VIEW|FOREIGN TABLE|SEQUENCE)$/;
const ROUTINES = /^(FUNCTION|AGGREGATE)$/;

/** A right that is needed to fill a view. */
interface Need {
  readonly path: string;
  /** The role that needs it. */
  readonly role: string;
  readonly what: string;
  /** The roles that have it; members with their rights have it, too. */
  readonly holders: readonly string[];
  /** To read a relation, run a routine, or see rows that row security hides from others. */
  readonly kind: 'SELECT' | 'EXECUTE' | 'ROWS';
}

const INVOKER = /\("?security_invoker"?='?(true|on|yes|1)\b|, ?"?security_invoker"?='?(true|on|yes|1)\b/i;
const FORCED = / FORCE ROW LEVEL SECURITY;/;

class Readers {
  readonly #decode: Decode;
  readonly #byId: ReadonlyMap<string, DumpEntry>;
  readonly #grants = new Map<string, string[]>();
  readonly #guarded = new Set<string>();
  readonly #needs: Need[] = [];

  constructor(entries: readonly DumpEntry[], decode: Decode) {
    this.#decode = decode;
    this.#byId = new Map(entries.map((entry) => [String(entry.id), entry]));
    for (const { description, definition, dependencies } of entries)
      for (const id of dependencies) {
        if (description === 'ACL')
          this.#grants.set(id, [...(this.#grants.get(id) ?? []), ...statementsIn(definition ?? '')]);
        if (description === 'ROW SECURITY') this.#guarded.add(id);
      }
  }

  needs(): readonly Need[] {
    for (const entry of this.#byId.values())
      if (entry.description === 'MATERIALIZED VIEW DATA') {
        const view = entry.dependencies
          .map((id) => this.#byId.get(id))
          .find((found) => found?.description === 'MATERIALIZED VIEW' && found.tag === entry.tag);
        if (view !== undefined) this.#read(view, entryPath(entry, this.#decode), this.#ownerOf(view), []);
      }
    return this.#needs;
  }

  /** The rights needed to read all of a view: PostgreSQL checks each with the rights of `role` or of a view's owner. */
  #read(view: DumpEntry, path: string, role: string, within: readonly DumpEntry[]): void {
    const filler = this.#ownerOf(within[0] ?? view);
    for (const id of view.dependencies) {
      const used = this.#byId.get(id);
      if (used === undefined) continue;
      const what = entryPath(used, this.#decode);
      if (ROUTINES.test(used.description))
        this.#add({ path, role: filler, kind: 'EXECUTE', what }, this.#holders(used, 'EXECUTE'));
      if (!RELATIONS.test(used.description)) continue;
      this.#add({ path, role, kind: 'SELECT', what }, this.#holders(used, 'SELECT'));
      if (this.#guarded.has(id)) {
        const forced = FORCED.test(used.definition ?? '');
        this.#add({ path, role, kind: 'ROWS', what }, forced ? [] : [this.#ownerOf(used)]);
      }
      if (used.description !== 'VIEW' || within.includes(used)) continue;
      const asOwner = !INVOKER.test(used.definition ?? '');
      this.#read(used, path, asOwner ? this.#ownerOf(used) : role, [...within, view]);
    }
  }

  #add(need: Omit<Need, 'holders'>, holders: readonly Role[]): void {
    const roles = holders.filter((holder) => holder !== PUBLIC);
    if (roles.length === holders.length && !roles.includes(need.role))
      this.#needs.push({ ...need, holders: roles });
  }

  #ownerOf({ owner }: DumpEntry): string {
    return owner === null ? USER : this.#decode(owner);
  }

  /**
   * Rights after the dump's own statements. A role that may read only some columns does not count: they may be the
   * wrong ones.
   */
  #holders(entry: DumpEntry, privilege: 'SELECT' | 'EXECUTE'): Role[] {
    const holders = new Set<Role>([this.#ownerOf(entry)]);
    if (privilege === 'EXECUTE') holders.add(PUBLIC);
    for (const statement of this.#grants.get(String(entry.id)) ?? []) {
      const [, verb, privileges = ''] = /^(GRANT|REVOKE) (.+?) ON /s.exec(statement) ?? [];
      if (verb === undefined || !privileges.split(',').some((one) => one === 'ALL' || one === privilege))
        continue;
      const roles: Role[] = rolesIn(statement).map(this.#decode);
      if (/ (TO|FROM) PUBLIC( WITH GRANT OPTION)?;$/.test(statement)) roles.push(PUBLIC);
      if (/ (TO|FROM) CURRENT_USER( WITH GRANT OPTION)?;$/.test(statement)) roles.push(USER);
      for (const role of roles)
        if (verb === 'GRANT') holders.add(role);
        else holders.delete(role);
    }
    return [...holders];
  }
}

const MAY_NOT = {
  SELECT: 'may not read',
  EXECUTE: 'may not run',
  ROWS: 'sees only some rows of',
} as const;

const hex = (name: string): string => Buffer.from(name).toString('hex');

/**
 * Sentences on what will not be filled, and why: one for each view.
 *
 * @param entries in the form that this server accepts, from `editRoles`
 */
export const unfilledViews = async (
  session: Session,
  entries: readonly DumpEntry[],
  { decode, user }: { decode: Decode; user: string },
): Promise<string[]> => {
  const needs = new Readers(entries, decode).needs();
  if (needs.length === 0) return [];
  const named = (role: string): string => (role === USER ? user : role);
  const asked = needs.map(({ role, holders, kind }, at) => {
    return { at, kind, role: hex(named(role)), holders: holders.map(named).map(hex) };
  });
  const lacking = await queryJson(
    session,
    z.array(z.number().int()),
    sql`SELECT coalesce(json_agg(n.at ORDER BY n.at), '[]')
      FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS n (at int, kind text, role text, holders jsonb)
        JOIN pg_roles r ON textsend(r.rolname::text) = decode(n.role, 'hex')
      WHERE NOT r.rolsuper AND NOT (n.kind = 'ROWS' AND r.rolbypassrls) AND NOT EXISTS (
        SELECT FROM pg_roles g WHERE pg_has_role(r.oid, g.oid, 'USAGE') AND (
          n.kind = 'SELECT' AND g.rolname = 'pg_read_all_data'
          OR encode(textsend(g.rolname::text), 'hex') IN (SELECT jsonb_array_elements_text(n.holders))))`,
  );
  const told = new Map<string, string>();
  for (const at of lacking) {
    const need = needs[at];
    if (need !== undefined && !told.has(need.path))
      told.set(
        need.path,
        `${need.path}: it is filled with the rights of "${named(need.role)}", who ${MAY_NOT[need.kind]} ${need.what}`,
      );
  }
  return [...told.values()];
};
