/** What a dump holds: its objects, each with a key that the same object has in a server's catalogs. */
import type { DumpEntry } from './dump-head.ts';
import { type Decode, quotedNames, quoteName, statementsIn } from './dump-text.ts';

export interface HeldObject {
  readonly entry: DumpEntry;
  readonly key: string;
  /** What people read. */
  readonly path: string;
  /** A part of another object, which a plan does not list: an index, a trigger, a constraint. */
  readonly part: boolean;
}

const RELATIONS = new Set(['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE', 'FOREIGN TABLE']);
const TYPES = new Set(['TYPE', 'DOMAIN', 'SHELL TYPE']);
const ROUTINES = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE']);
const PARTS = new Set(['INDEX', 'RULE', 'TRIGGER', 'POLICY', 'SHELL TYPE', 'PUBLICATION TABLE']);
/** Not in the database itself, or no objects. */
const NONE = new Set(['DATABASE', 'DATABASE PROPERTIES', 'DEFAULT']);

const CONSTRAINT = /^ALTER (?:FOREIGN )?TABLE (?:ONLY )?(.+) DROP CONSTRAINT (.+);\s*$/s;

/** Where an entry is one of many: the numbers of its large objects, one a line or in its tag. */
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
  // Kinds that say themselves in their names.
  const named = tag.startsWith(`${description} `) ? tag.slice(description.length + 1) : tag;
  // Of these the types are quoted as SQL has them.
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

/** Parts that have no entry of their own: columns, checks and privileges, as keys of the catalogs. */
export interface HeldParts {
  /** Whether the dump has it, so that it comes back with what it is a part of. */
  has(key: string): boolean;
}

const GRANT = /^GRANT (.+?) ON (.+) TO (PUBLIC|"(?:[^"]|"")+")(?: WITH GRANT OPTION)?;$/s;

const heldGrants = (entries: readonly DumpEntry[], decode: Decode): Set<string> => {
  const grants = new Set<string>();
  for (const { description, definition } of entries) {
    if (description !== 'ACL') continue;
    for (const statement of statementsIn(definition ?? '')) {
      const [, privileges = '', on = '', role = ''] = GRANT.exec(statement) ?? [];
      // Columns stand in brackets behind a privilege.
      for (const privilege of privileges.replaceAll(/\("(?:[^"]|"")+"\)/g, '').split(','))
        grants.add(decode(`GRANT ${privilege.trim()} ON ${on} TO ${role}`));
    }
  }
  return grants;
};

export const heldParts = (entries: readonly DumpEntry[], decode: Decode): HeldParts => {
  const tables = new Map<string, string>();
  for (const { description, schema, tag, definition } of entries)
    if (description === 'TABLE' || description === 'FOREIGN TABLE')
      tables.set(decode(`${quoteName(schema ?? '')}.${quoteName(tag)}`), decode(definition ?? ''));
  const grants = heldGrants(entries, decode);
  return {
    has: (key) => {
      if (key.startsWith('GRANT '))
        return grants.has(key) || grants.has(key.replace(/^GRANT [A-Z ]+ ON /, 'GRANT ALL ON '));
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
