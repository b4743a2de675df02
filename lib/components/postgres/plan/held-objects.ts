/** The objects in a dump, each with the key that the same object has in a server's catalogs. */
import type { DumpEntry } from '../dump/dump-head.ts';
import { type Decode, quotedNames, quoteName, statementsIn } from '../dump/dump-text.ts';

export interface HeldObject {
  readonly entry: DumpEntry;
  readonly key: string;
  /** The name shown to people. */
  readonly path: string;
  /** Whether it is part of another object, and not listed in a plan: an index, a trigger, a constraint. */
  readonly part: boolean;
}

const RELATIONS = new Set(['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE', 'FOREIGN TABLE']);
const TYPES = new Set(['TYPE', 'DOMAIN', 'SHELL TYPE']);
const ROUTINES = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE']);
const PARTS = new Set(['INDEX', 'RULE', 'TRIGGER', 'POLICY', 'SHELL TYPE', 'PUBLICATION TABLE']);
/** Entries that are not in the database itself, or are no objects. */
const NONE = new Set(['DATABASE', 'DATABASE PROPERTIES', 'DEFAULT']);

const CONSTRAINT = /^ALTER (?:FOREIGN )?TABLE (?:ONLY )?(.+) DROP CONSTRAINT (.+);\s*$/s;

/** The numbers of an entry's large objects, one in each line or in its tag. */
const largeObjects = ({ description, tag, definition }: DumpEntry): string[] => {
  if (description === 'BLOB') return [tag];
  if (description !== 'BLOB METADATA') return [];
  return (definition ?? '').match(/\d+/g) ?? [tag];
};

const keyOf = (entry: DumpEntry): string | undefined => {
  const { description, tag, schema, definition } = entry;
  const dropped = entry.dropStatement?.trim() ?? '';
  if (NONE.has(description)) return undefined;
  if (RELATIONS.has(description) || description === 'INDEX')
    return `RELATION ${quoteName(schema ?? '')}.${quoteName(tag)}`;
  if (TYPES.has(description)) return `TYPE ${quoteName(schema ?? '')}.${quoteName(tag)}`;
  if (ROUTINES.has(description)) return `ROUTINE ${quoteName(schema ?? '')}.${tag}`;
  if (description.startsWith('PUBLICATION TABLE')) {
    const [publication = '', ...names] = quotedNames(definition ?? '');
    return description === 'PUBLICATION TABLE'
      ? `PUBLICATION TABLE ${publication} ${names.slice(0, 2).join('.')}`
      : `PUBLICATION SCHEMA ${publication} ${names[0] ?? ''}`;
  }
  const [, table, constraint] = CONSTRAINT.exec(dropped) ?? [];
  if (table !== undefined) return `CONSTRAINT ${constraint} ON ${table}`;
  return dropped.startsWith('DROP ') ? dropped.slice(5).replace(/;\s*$/, '') : undefined;
};

/** The name of an entry for people: `public.t`, `function public.f(integer)`. */
export const entryPath = ({ description, schema, tag }: DumpEntry, decode: Decode): string => {
  // Some kinds repeat themselves in the name.
  const named = tag.startsWith(`${description} `) ? tag.slice(description.length + 1) : tag;
  // In these names the types are quoted as in SQL.
  const plain = ROUTINES.has(description) || description === 'CAST' ? named.replaceAll('"', '') : named;
  const name = decode(schema === null || schema === '' ? plain : `${schema}.${plain}`);
  return RELATIONS.has(description) ? name : `${description.toLowerCase()} ${name}`;
};

export const heldObjects = (entries: readonly DumpEntry[], decode: Decode): HeldObject[] =>
  entries.flatMap((entry): HeldObject[] => {
    const numbers = largeObjects(entry);
    if (numbers.length > 0)
      return numbers.map((number) => {
        const path = `large object ${number}`;
        return { entry, key: `LARGE OBJECT ${number}`, path, part: false };
      });
    const key = keyOf(entry);
    if (key === undefined) return [];
    const part =
      PARTS.has(entry.description) ||
      entry.description.endsWith('CONSTRAINT') ||
      key.startsWith('PUBLICATION SC');
    return [{ entry, key: decode(key), path: entryPath(entry, decode), part }];
  });

/** Parts without a name of their own: columns, checks, row level security and privileges, by keys of the catalogs. */
export interface HeldParts {
  /** Whether the dump has the part, so that it is restored with the object that it belongs to. */
  has(key: string): boolean;
}

const GRANT = /^GRANT (.+?) ON (.+) TO (PUBLIC|"(?:[^"]|"")+")(?: WITH GRANT OPTION)?;$/s;

const CLOSED = /^REVOKE (?:ALL|EXECUTE|USAGE) ON (.+) FROM PUBLIC;$/s;
/** Rights that everybody has on such objects by default; a dump mentions them only where they were revoked. */
const OF_EVERYBODY =
  /^GRANT (?:EXECUTE ON (?=FUNCTION|PROCEDURE)|USAGE ON (?=TYPE|LANGUAGE))(.+) TO PUBLIC$/s;

interface HeldGrants {
  readonly grants: ReadonlySet<string>;
  /** Objects from which PUBLIC's rights were revoked. */
  readonly closed: ReadonlySet<string>;
}

const heldGrants = (entries: readonly DumpEntry[], decode: Decode): HeldGrants => {
  const [grants, closed] = [new Set<string>(), new Set<string>()];
  const numbers = new Map(entries.map((entry) => [String(entry.id), largeObjects(entry)]));
  for (const { description, definition, tag, dependencies } of entries) {
    if (description !== 'ACL') continue;
    // For many large objects with equal grants, the statement names only the first one.
    const alike = tag.startsWith('LARGE OBJECTS ')
      ? dependencies.flatMap((id) => (numbers.get(id) ?? []).map((number) => `LARGE OBJECT ${number}`))
      : [];
    for (const statement of statementsIn(definition ?? '')) {
      const [, shut] = CLOSED.exec(statement) ?? [];
      if (shut !== undefined) closed.add(decode(shut));
      const [, privileges = '', on = '', role = ''] = GRANT.exec(statement) ?? [];
      // Columns are in brackets after a privilege.
      for (const privilege of privileges.replaceAll(/\("(?:[^"]|"")+"\)/g, '').split(','))
        for (const one of [on, ...alike])
          grants.add(decode(`GRANT ${privilege.trim()} ON ${one} TO ${role}`));
    }
  }
  return { grants, closed };
};

const SECURED = /^(FORCED )?ROW LEVEL SECURITY ON (.+)$/s;

export const heldParts = (entries: readonly DumpEntry[], decode: Decode): HeldParts => {
  const secured = new Set(
    entries
      .filter(({ description }) => description === 'ROW SECURITY')
      .map(({ schema, tag }) => decode(`${quoteName(schema ?? '')}.${quoteName(tag)}`)),
  );
  const tables = new Map<string, string>();
  for (const { description, schema, tag, definition } of entries)
    if (description === 'TABLE' || description === 'FOREIGN TABLE')
      tables.set(decode(`${quoteName(schema ?? '')}.${quoteName(tag)}`), decode(definition ?? ''));
  const { grants, closed } = heldGrants(entries, decode);
  return {
    has: (key) => {
      const [, open] = OF_EVERYBODY.exec(key) ?? [];
      if (open !== undefined && !closed.has(open)) return true;
      if (key.startsWith('GRANT '))
        return grants.has(key) || grants.has(key.replace(/^GRANT [A-Z ]+ ON /, 'GRANT ALL ON '));
      const [secures, forced, securedTable = ''] = SECURED.exec(key) ?? [];
      if (secures !== undefined)
        return forced === undefined
          ? secured.has(securedTable)
          : / FORCE ROW LEVEL SECURITY;/.test(tables.get(securedTable) ?? '');
      const [kind = ''] = key.split(' ', 1);
      const [name = '', ...table] = quotedNames(key);
      const definition = tables.get(table.join('.'));
      if (definition === undefined) return true;
      if (kind === 'COLUMN')
        return (
          definition.includes(`\n    ${name} `) || / OF "[^(]*$/s.test(definition.split('(', 1)[0] ?? '')
        );
      return definition.includes(`CONSTRAINT ${name} CHECK`);
    },
  };
};
