/** What will probably go wrong with a restore, but cannot be known before it is tried, as sentences of its plan. */
import type { DumpEntry } from '../dump/dump-head.ts';
import type { Decode } from '../dump/dump-text.ts';
import type { DumpDetails } from '../dump/source-database.ts';
import { entryPath, type HeldObject } from './held-objects.ts';
import type { Lacking } from './rights.ts';
import type { TargetDatabase } from './target-database.ts';
import type { TargetObjects } from './target-objects.ts';

export interface Foresight {
  readonly details: DumpDetails;
  readonly target: TargetDatabase;
  readonly entries: readonly DumpEntry[];
  readonly held: readonly HeldObject[];
  readonly decode: Decode;
  readonly there: TargetObjects | undefined;
  /** Sentences on views, from `unfilledViews`. */
  readonly unfilled: readonly string[];
  /** Objects that the user may not make: a restore past errors tries them, an all-or-nothing restore is refused. */
  readonly lacking: readonly Lacking[];
  readonly wholly: boolean;
  /** Whether an all-or-nothing restore uses a new database, which takes the place of the existing one. */
  readonly exchanged: boolean;
}

/**
 * Approximate number of locks of one transaction over the whole dump: three for a table with its overflow, one for any
 * other object.
 */
const locksFor = ({ held, there }: Foresight): number => {
  const each = held
    .map(({ entry }) => (entry.description === 'TABLE' ? 3 : 1))
    .reduce((sum, n) => sum + n, 0);
  return each + (there?.objects.filter(({ fate }) => fate !== 'stays').length ?? 0);
};

/** For each id, the ids of entries that need it. */
const dependentsOf = (entries: readonly DumpEntry[]): Map<string, string[]> => {
  const needed = new Map<string, string[]>();
  const note = (on: string, id: number): void => {
    const ids = needed.get(on);
    if (ids === undefined) needed.set(on, [String(id)]);
    else ids.push(String(id));
  };
  const servers = entries.filter(({ description }) => description === 'SERVER');
  for (const { id, dependencies, description, tag } of entries) {
    for (const on of dependencies) note(on, id);
    // Only a mapping's name says which server it belongs to.
    if (description === 'USER MAPPING')
      for (const server of servers) if (tag.endsWith(` SERVER ${server.tag}`)) note(String(server.id), id);
  }
  return needed;
};

/** Sentences on what the target cannot have, and on all that needs it. */
const ofLacking = ({ entries, held, decode, lacking, target }: Foresight): string[] => {
  const needed = dependentsOf(entries);
  const absent = [...target.extensions, ...target.forSuperusers];
  const extensions = entries
    .filter(({ description, tag }) => description === 'EXTENSION' && absent.includes(decode(tag)))
    .map((entry) => ({ entry, path: entryPath(entry, decode) }));
  const why = new Map<string, string>();
  for (const { entry, path } of [...lacking.filter(({ disowned }) => !disowned), ...extensions]) {
    const next = [String(entry.id)];
    for (let id = next.pop(); id !== undefined; id = next.pop())
      for (const dependent of needed.get(id) ?? [])
        if (!why.has(dependent)) {
          why.set(dependent, path);
          next.push(dependent);
        }
  }
  const named = new Set(lacking.map(({ path }) => path));
  const dependents = held.flatMap(({ path, entry }): string[] => {
    const needs = why.get(String(entry.id));
    return needs === undefined || named.has(path)
      ? []
      : [`${path}: it needs ${needs}, and will probably be missing too`];
  });
  return [
    ...lacking.map(
      ({ path, reason, disowned }) =>
        `${path}: ${reason}; it will probably ${disowned ? 'have another owner, or be missing' : 'be missing'}`,
    ),
    ...new Set(dependents),
  ];
};

const ofEventTriggers = ({ there, target }: Foresight): string[] =>
  (there?.eventTriggers ?? []).map(({ name, mayAlter }) =>
    mayAlter
      ? `event trigger ${name}: it is switched off during the restore, and on again at its end`
      : `event trigger ${name}: "${target.user}" may not switch it off, so it runs with each statement of the restore, and the restore fails where it fails`,
  );

const ofLocks = (foresight: Foresight): string[] => {
  const { wholly, target, exchanged } = foresight;
  const locks = locksFor(foresight);
  if (!wholly || exchanged || locks <= target.locks) return [];
  return [
    `one transaction needs about ${locks} locks, and the server allows about ${target.locks}: raise max_locks_per_transaction there, or restore into a new database`,
  ];
};

export const foreseen = (foresight: Foresight): string[] => {
  const { details, unfilled, wholly, exchanged } = foresight;
  return [
    ...details.fragile.map((what) =>
      wholly && !exchanged
        ? `${what}, which names things without their schema and does not set search_path: the restore will probably fail there`
        : `${what}, which names things without their schema: the restore tries again with the search path of the source`,
    ),
    ...unfilled.map((what) =>
      wholly
        ? `${what}: the restore will probably fail there; restore into a new database, which keeps everything else`
        : `${what}: it will probably stay empty`,
    ),
    ...(wholly ? [] : ofLacking(foresight)),
    ...(exchanged ? [] : ofEventTriggers(foresight)),
    ...ofLocks(foresight),
  ];
};
