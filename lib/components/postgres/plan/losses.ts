/** What a restore over a database would remove and the dump does not bring back, and what prevents the restore. */
import type { ComponentPlan } from '../../../model/records/restore.ts';
import type { DumpEntry } from '../dump/dump-head.ts';
import type { Decode } from '../dump/dump-text.ts';
import { type HeldObject, heldParts } from './held-objects.ts';
import type { TargetObjects } from './target-objects.ts';

type Entry = ComponentPlan['entries'][number];

const IN_THE_WAY =
  'it is not in the dump, and depends on an object that would be overwritten; drop it first, or restore into a new database';

/** Entries of the plan for things that are not in the dump: those that would be lost, and those that are in the way. */
export const lossesOf = (
  held: readonly HeldObject[],
  entries: readonly DumpEntry[],
  decode: Decode,
  { there, allowDrop }: { there: TargetObjects; allowDrop: boolean },
): Entry[] => {
  const parts = heldParts(entries, decode);
  const vanish = (path: string, why: string): Entry =>
    allowDrop
      ? { path, action: 'drop', reason: why }
      : { path, action: 'refuse', reason: `${why}; --allow-drop allows that` };
  const gone = [
    ...there.objects.filter(
      ({ key, fate }) => fate === 'goes' && !(key.startsWith('CONSTRAINT ') && parts.has(key)),
    ),
    ...there.parts.filter(({ key }) => !parts.has(key)),
  ];
  const numbers = collidingNumbers(held, there);
  // Numbers are not names: when no object is in both, this is another database, and its numbers mean other objects.
  const isAnother =
    numbers.length > 0 && !there.objects.some(({ fate, drop }) => fate === 'held' && drop !== null);
  return [
    ...there.objects
      .filter(({ fate }) => fate === 'blocks')
      .map(({ path }): Entry => ({ path, action: 'refuse', reason: IN_THE_WAY })),
    ...there.blocking.map((path): Entry => ({ path, action: 'refuse', reason: IN_THE_WAY })),
    ...gone.map(({ path }) =>
      vanish(path, 'it is not in the dump, and is lost when the object that it belongs to is overwritten'),
    ),
    ...(isAnother ? numbers : []).map((number) =>
      vanish(
        `large object ${number}`,
        'the dump has another large object of this number, and this database has nothing else in common with the dump',
      ),
    ),
  ];
};

export const collidingNumbers = (held: readonly HeldObject[], { largeObjects }: TargetObjects): number[] => {
  const there = new Set(largeObjects.map((number) => `LARGE OBJECT ${number}`));
  return held.flatMap(({ key }) => (there.has(key) ? [Number(key.slice('LARGE OBJECT '.length))] : []));
};
