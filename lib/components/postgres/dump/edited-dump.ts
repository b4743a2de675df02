/** Edits a dump's table of contents for a restore: leaves out what the target keeps, and adds what has to run first. */
import type { Skipped } from '../../../archive/format.ts';
import type { HeldObject } from '../plan/held-objects.ts';
import { collidingNumbers } from '../plan/losses.ts';
import {
  overwriteSql,
  PUT_DEFAULTS_BACK,
  SET_DEFAULTS_ASIDE,
  switchOff,
  switchOn,
} from '../plan/overwriting.ts';
import type { TargetDatabase } from '../plan/target-database.ts';
import { isKept, type TargetEventTrigger, type TargetObjects } from '../plan/target-objects.ts';
import { addedEntry, type DumpEntry, type DumpHead, highestId, OURS } from './dump-head.ts';
import { type Decode, quoteName } from './dump-text.ts';

export interface DumpToEdit {
  readonly head: DumpHead;
  readonly decode: Decode;
  readonly held: readonly HeldObject[];
  readonly target: Pick<TargetDatabase, 'major' | 'tablespaces' | 'extensions' | 'forSuperusers'>;
  /** Whether the database exists already. */
  readonly exists: boolean;
  /** What the database holds; undefined when it holds nothing. */
  readonly there: TargetObjects | undefined;
  /** The target's event triggers that the user may disable. */
  readonly eventTriggers: readonly TargetEventTrigger[];
}

/** Entries of objects that stay unchanged or cannot be made, and comments on extensions among them. */
const passedOver = ({ head, held, target }: DumpToEdit, there: TargetObjects | undefined): Set<number> => {
  const present = new Set(there?.objects.map(({ key }) => key));
  const unknown = new Set(
    [...target.extensions, ...target.forSuperusers].map((name) => `EXTENSION ${quoteName(name)}`),
  );
  const kept = held.filter(({ key }) => (isKept(key) && present.has(key)) || unknown.has(key));
  const ids = new Set(kept.map(({ entry }) => entry.id));
  const extensions = new Set(
    kept.filter(({ key }) => key.startsWith('EXTENSION ')).map(({ entry }) => String(entry.id)),
  );
  for (const { id, description, dependencies } of head.entries)
    if (description === 'COMMENT' && dependencies.some((needed) => extensions.has(needed))) ids.add(id);
  return ids;
};

const withoutTablespace = (entry: DumpEntry, lacking: ReadonlySet<string>, decode: Decode): DumpEntry =>
  entry.tablespace !== null && lacking.has(decode(entry.tablespace)) ? { ...entry, tablespace: '' } : entry;

export const editedEntries = (dump: DumpToEdit): { entries: DumpEntry[]; skipped: Skipped[] } => {
  const { head, decode, target, there, exists, held, eventTriggers } = dump;
  const lacking = new Set(target.tablespaces);
  const skipped: Skipped[] = target.tablespaces.map((tablespace) => ({
    path: `tablespace ${tablespace}`,
    reason: 'the server has no such tablespace: its objects go to the default tablespace of the database',
  }));
  const kept = passedOver(dump, there);
  for (const { key, path, entry } of held)
    if (key.startsWith('SUBSCRIPTION ') && kept.has(entry.id))
      skipped.push({
        path,
        reason: 'it exists, and stays as it is; refresh its publication after the restore',
      });
  const entries = head.entries
    .filter(({ id }) => !kept.has(id))
    .map((entry) => withoutTablespace(entry, lacking, decode));
  if (!exists) return { entries, skipped };
  let id = highestId(head.entries);
  const ours = (definition: string, description: string = OURS): DumpEntry => {
    id += 1;
    return addedEntry(head, { id, description, definition });
  };
  const first: DumpEntry[] = [];
  // Placed among the privileges, which come after everything but filling views.
  const last = [ours(PUT_DEFAULTS_BACK.text, 'ACL')];
  if (eventTriggers.length > 0) {
    first.push(ours(switchOff(eventTriggers).text));
    // The dump makes its own event triggers anew, in their original state.
    const made = new Set(held.map(({ key }) => key));
    const stay = eventTriggers.filter(({ name }) => !made.has(`EVENT TRIGGER ${quoteName(name)}`));
    // Placed after filling the views, too, because event triggers run for that statement.
    last.push(ours(switchOn(stay).text, 'EVENT TRIGGER'));
  }
  first.push(ours(SET_DEFAULTS_ASIDE.text));
  if (there !== undefined) first.push(ours(overwriteSql(overwritingOf(dump, there)).text));
  return { entries: [...first, ...entries, ...last], skipped };
};

const overwritingOf = (
  { held, target }: DumpToEdit,
  there: TargetObjects,
): Parameters<typeof overwriteSql>[0] => ({
  major: target.major,
  held: there.objects.filter(({ fate, key }) => fate === 'held' && !isKept(key)),
  planned: there.objects
    .filter(({ fate, key }) => (fate === 'held' || fate === 'goes') && !isKept(key))
    .map(({ key }) => key),
  emptied: there.emptied,
  largeObjects: collidingNumbers(held, there),
});
