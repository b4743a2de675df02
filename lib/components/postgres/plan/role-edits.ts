/**
 * Leaves out, statement by statement, only what names roles that the target server lacks, or for which the restoring
 * user may not act. Statements that revoke stay, so that nothing is open to more people than before; and what ran with
 * the rights of a missing owner does not run with those of the restoring user.
 */
import type { Skipped } from '../../../archive/format.ts';
import type { DumpEntry } from '../dump/dump-head.ts';
import { changeRoles, type Decode, quoteName, rolesIn, statementsIn } from '../dump/dump-text.ts';
import { entryPath } from './held-objects.ts';

/** Names of roles in a dump, to look up at the server. */
export interface DumpRoles {
  /**
   * Roles that own something, or in whose name something is granted: the restoring user must be able to act for them.
   */
  readonly owners: readonly string[];
  /** Roles that something is granted to. */
  readonly grantees: readonly string[];
  /** Roles without which policies or user mappings would have another meaning. */
  readonly required: readonly string[];
}

export interface RoleFacts {
  readonly user: string;
  readonly superuser: boolean;
  /** Whether the database exists already, and keeps its owner and its privileges. */
  readonly exists: boolean;
  /** Roles that do not exist, or that the user may not make owners. */
  readonly owners: readonly { readonly role: string; readonly exists: boolean }[];
  readonly grantees: readonly string[];
  /** Roles that were superusers on the dumped server. */
  readonly superusers: readonly string[];
}

const isAcl = ({ description }: DumpEntry): boolean => description === 'ACL' || description === 'DEFAULT ACL';
/** Whether it has an owner that a restore sets. */
export const isOwned = ({ owner, dropStatement }: DumpEntry): boolean =>
  (owner ?? '') !== '' && (dropStatement ?? '') !== '';

export const isOfDatabase = ({ description, tag }: DumpEntry): boolean =>
  description.startsWith('DATABASE') || (/^(ACL|COMMENT)$/.test(description) && tag.startsWith('DATABASE '));

const ACTS = /^SET SESSION AUTHORIZATION |^ALTER DEFAULT PRIVILEGES FOR ROLE /;
const MAPPING = /^CREATE USER MAPPING FOR ("(?:[^"]|"")+")/;
const POLICY =
  /^CREATE POLICY "(?:[^"]|"")+" ON (?:"(?:[^"]|"")+"\.)?"(?:[^"]|"")+"(?: AS \w+)?(?: FOR \w+)? TO ((?:"(?:[^"]|"")+"(?:, )?)+)/;

const unquoted = (name: string): string => name.slice(1, -1).replaceAll('""', '"');

/** @param entries the entries to restore */
export const rolesOf = (
  entries: readonly DumpEntry[],
  decode: Decode,
  superusers: readonly string[],
): DumpRoles => {
  const [owners, grantees, required] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const entry of entries) {
    const definition = entry.definition ?? '';
    if (isOwned(entry)) owners.add(decode(entry.owner ?? ''));
    if (isAcl(entry))
      for (const statement of statementsIn(definition)) {
        const roles = rolesIn(statement).map(decode);
        if (ACTS.test(statement)) for (const role of roles.slice(0, 1)) owners.add(role);
        // The statement also lists the owner's own privileges, which are no grants to others.
        for (const role of ACTS.test(statement) ? roles.slice(1) : roles)
          if (role !== decode(entry.owner ?? '')) grantees.add(role);
      }
    const [, mapped] = MAPPING.exec(definition) ?? [];
    if (entry.description === 'USER MAPPING' && mapped !== undefined) {
      const role = decode(unquoted(mapped));
      if (role !== 'public' && !superusers.includes(role)) required.add(role);
    }
    const [, named = ''] = entry.description === 'POLICY' ? (POLICY.exec(definition) ?? []) : [];
    for (const role of named.match(/"(?:[^"]|"")+"/g) ?? []) required.add(decode(unquoted(role)));
  }
  return { owners: [...owners].sort(), grantees: [...grantees].sort(), required: [...required].sort() };
};

/** Others use these objects with the owner's rights: views read with them, and rules write. */
const LENDS_RIGHTS = new Set(['VIEW', 'MATERIALIZED VIEW']);
const isRoutine = ({ description }: DumpEntry): boolean => /^(FUNCTION|PROCEDURE)$/.test(description);

/** The objects that lend their owner's rights to others, by ids of entries. */
export const lendersIn = (entries: readonly DumpEntry[]): Map<string, DumpEntry> => {
  const ruled = new Set(
    entries.filter(({ description }) => description === 'RULE').flatMap(({ dependencies }) => dependencies),
  );
  const lends = (entry: DumpEntry): boolean =>
    LENDS_RIGHTS.has(entry.description) ||
    (entry.description === 'TABLE' && ruled.has(String(entry.id))) ||
    (isRoutine(entry) && /SECURITY DEFINER/.test(entry.definition ?? ''));
  return new Map(
    entries.filter((entry) => isOwned(entry) && lends(entry)).map((entry) => [String(entry.id), entry]),
  );
};

/** Sets the owner together with the object: if that fails, the object is not made. */
export const withOwnerAtOnce = (entry: DumpEntry): DumpEntry => {
  const object = (entry.dropStatement ?? '')
    .trim()
    .replace(/^DROP /, 'ALTER ')
    .replace(/;$/, '');
  return {
    ...entry,
    definition: `${entry.definition ?? ''}\n${object} OWNER TO ${quoteName(entry.owner ?? '')};\n`,
  };
};

/** Leaves out the owner, and makes a routine run as its caller, so that it does not lend its new owner's rights. */
export const withoutOwner = (entry: DumpEntry): DumpEntry => {
  const given = { ...entry, owner: '' };
  // Also when only the body has these words: running a function as its caller does no harm.
  if (!isRoutine(entry) || !/SECURITY DEFINER/.test(entry.definition ?? '')) return given;
  const routine = (entry.dropStatement ?? '')
    .trim()
    .replace(/^DROP /, 'ALTER ')
    .replace(/;$/, '');
  return { ...given, definition: `${entry.definition ?? ''}\n${routine} SECURITY INVOKER;\n` };
};

const runsAsOwner = (definition: string): boolean =>
  / SECURITY DEFINER\b/.test(definition.split(/\n {4}AS |\n {4}BEGIN ATOMIC|\n {4}RETURN /, 1)[0] ?? '');

class RoleEdits {
  readonly #facts: RoleFacts;
  readonly #decode: Decode;
  readonly #lacking: ReadonlyMap<string, boolean>;
  readonly #absent: ReadonlySet<string>;
  /** For each role: how many objects became the user's, and how many statements were left out. */
  readonly #owned = new Map<string, number>();
  readonly #granted = new Map<string, number>();
  readonly #others: Skipped[] = [];

  constructor(facts: RoleFacts, decode: Decode) {
    this.#facts = facts;
    this.#decode = decode;
    this.#lacking = new Map(facts.owners.map(({ role, exists }) => [role, exists]));
    this.#absent = new Set([
      ...facts.grantees,
      ...facts.owners.filter(({ exists }) => !exists).map(({ role }) => role),
    ]);
  }

  /** Whether the restoring superuser takes this role's place: a superuser of the source, missing or not usable here. */
  #isReplaced(role: string): boolean {
    return (
      this.#facts.superuser &&
      this.#facts.superusers.includes(role) &&
      (this.#absent.has(role) || this.#lacking.has(role))
    );
  }

  #ownerLacks(entry: DumpEntry): boolean {
    const owner = this.#decode(entry.owner ?? '');
    return this.#lacking.has(owner) && !this.#isReplaced(owner);
  }

  edit(entries: readonly DumpEntry[]): DumpEntry[] {
    const lending = new Map(
      [...lendersIn(entries)].filter(([, entry]) => this.#ownerLacks(entry) && !isRoutine(entry)),
    );
    return entries.map((entry) => {
      if (this.#facts.exists && isOfDatabase(entry)) return entry;
      if (isAcl(entry)) return this.#withGrants(entry, lending);
      if (isOwned(entry)) return this.#withOwner(entry);
      return entry;
    });
  }

  #withOwner(entry: DumpEntry): DumpEntry {
    const owner = this.#decode(entry.owner ?? '');
    if (!this.#lacking.has(owner)) return this.#withMapping(entry);
    this.#owned.set(owner, (this.#owned.get(owner) ?? 0) + 1);
    const given = this.#withMapping(entry);
    if (this.#isReplaced(owner)) return { ...given, owner: '' };
    if (isRoutine(entry) && runsAsOwner(entry.definition ?? ''))
      this.#others.push({
        path: entryPath(entry, this.#decode),
        reason: `it ran with the rights of its owner "${owner}"; here it runs with those of its caller, until it has its owner and SECURITY DEFINER again`,
      });
    return withoutOwner(given);
  }

  #withMapping(entry: DumpEntry): DumpEntry {
    if (entry.description !== 'USER MAPPING' || entry.definition === null) return entry;
    const [all, name] = MAPPING.exec(entry.definition) ?? [];
    if (all === undefined || name === undefined || !this.#isReplaced(this.#decode(unquoted(name))))
      return entry;
    return {
      ...entry,
      definition: `CREATE USER MAPPING FOR CURRENT_USER${entry.definition.slice(all.length)}`,
    };
  }

  #withGrants(entry: DumpEntry, lending: ReadonlyMap<string, DumpEntry>): DumpEntry {
    const lender = entry.dependencies.map((id) => lending.get(id)).find((found) => found !== undefined);
    const kept: string[] = [];
    let acting = false;
    let closed = false;
    for (const statement of statementsIn(entry.definition ?? '')) {
      const roles = rolesIn(statement).map(this.#decode);
      if (statement.startsWith('RESET SESSION')) {
        if (acting) kept.push(statement);
        acting = false;
        closed = false;
        continue;
      }
      const acts = ACTS.test(statement) ? roles[0] : undefined;
      const mayAct = acts === undefined || this.#mayAct(acts, statement);
      if (statement.startsWith('SET SESSION')) {
        acting = mayAct && !this.#isReplaced(acts ?? '');
        closed = !mayAct;
        if (acting) kept.push(statement);
        continue;
      }
      if (closed || !mayAct) {
        if (!closed && acts !== undefined) this.#count(acts);
        continue;
      }
      const missing = roles.find((role) => this.#absent.has(role) && !this.#isReplaced(role));
      if (missing !== undefined) {
        if (missing !== this.#decode(entry.owner ?? '')) this.#count(missing);
        continue;
      }
      if (lender !== undefined && statement.startsWith('GRANT ')) continue;
      kept.push(
        changeRoles(statement, (role) =>
          this.#isReplaced(this.#decode(role)) ? 'CURRENT_USER' : quoteName(role),
        ),
      );
    }
    if (lender !== undefined)
      this.#others.push({
        path: entryPath(lender, this.#decode),
        reason: `others used it with the rights of its owner "${this.#decode(lender.owner ?? '')}", who does not exist here: nothing of it is granted`,
      });
    return { ...entry, definition: kept.map((statement) => `${statement}\n`).join('') };
  }

  #mayAct(role: string, statement: string): boolean {
    if (this.#isReplaced(role)) return true;
    if (this.#lacking.has(role)) {
      if (statement.startsWith('SET SESSION')) this.#count(role);
      return false;
    }
    // Only superusers may do this, whatever roles they are members of.
    if (!statement.startsWith('SET SESSION') || this.#facts.superuser) return true;
    this.#count(role);
    return false;
  }

  #count(role: string): void {
    this.#granted.set(role, (this.#granted.get(role) ?? 0) + 1);
  }

  /** What was left out: a line for each role, and for each object that lost more than its owner's name. */
  skipped(): Skipped[] {
    const { user } = this.#facts;
    const roles = [...new Set([...this.#owned.keys(), ...this.#granted.keys()])].sort();
    const lines = roles.map((role): Skipped => {
      const [owned, granted] = [this.#owned.get(role) ?? 0, this.#granted.get(role) ?? 0];
      const why =
        this.#lacking.get(role) === true || !this.#absent.has(role)
          ? `"${user}" may neither make this role an owner nor grant in its name`
          : 'the server has no such role';
      const then = [
        ...(owned > 0 ? [`its objects now belong to "${user}" (objects: ${owned})`] : []),
        ...(granted > 0 ? [`grants to it or by it are left out (statements: ${granted})`] : []),
      ];
      return { path: `role ${role}`, reason: `${why}: ${then.join('; ')}` };
    });
    return [...lines, ...this.#others];
  }
}

/** Returns the entries in the form that this server accepts, and what was left out. */
export const editRoles = (
  entries: readonly DumpEntry[],
  facts: RoleFacts,
  decode: Decode,
): { entries: DumpEntry[]; skipped: Skipped[] } => {
  const edits = new RoleEdits(facts, decode);
  const edited = edits.edit(entries);
  return { entries: edited, skipped: edits.skipped() };
};
