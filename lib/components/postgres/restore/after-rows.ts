/**
 * Which entries of a dump are restored after the rows, in which order, and which of them side by side. The order is
 * pg_restore's own, except where indexes, keys and filled views follow each other: these wait only for those among them
 * that they depend on.
 */
import { type DumpEntry, SECTION } from '../dump/dump-head.ts';
import { areInTheWay, joinLocks, type TableLocks, type TableTree } from '../server/table-locks.ts';

/** Kinds that take long, and whose entries name their tables. */
const SIDE_BY_SIDE = new Set([
  ...['INDEX', 'CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'MATERIALIZED VIEW DATA'],
]);
/** Kinds that concern an earlier entry, and that no entry waits for. */
const ABOUT = new Set(['COMMENT', 'SECURITY LABEL']);
const PRIVILEGES = new Set(['ACL', 'ACL LANGUAGE', 'DEFAULT ACL']);

/** pg_restore makes three rounds: everything else, privileges, and what comes after them. */
const roundOf = ({ description, tag }: DumpEntry): 0 | 1 | 2 => {
  if (PRIVILEGES.has(description)) return 1;
  const last =
    description === 'EVENT TRIGGER' ||
    description === 'MATERIALIZED VIEW DATA' ||
    (ABOUT.has(description) && tag.startsWith('EVENT TRIGGER '));
  return last ? 2 : 0;
};

export interface SplitEntries {
  /** Entries up to and including the rows. */
  readonly rows: readonly DumpEntry[];
  /** The other entries, in pg_restore's order. */
  readonly after: readonly DumpEntry[];
}

export const splitAfterRows = (entries: readonly DumpEntry[]): SplitEntries => {
  const rows: DumpEntry[] = [];
  const rounds: [DumpEntry[], DumpEntry[], DumpEntry[]] = [[], [], []];
  let isAfter = false;
  for (const entry of entries) {
    const round = roundOf(entry);
    const { section } = entry;
    if (section === SECTION.postData && round === 0) isAfter = true;
    if (round > 0 || section === SECTION.postData || (section === SECTION.none && isAfter))
      rounds[round].push(entry);
    else rows.push(entry);
  }
  return { rows, after: rounds.flat() };
};

/** The entries that one pg_restore restores beside others. */
export interface Batch {
  readonly entries: readonly DumpEntry[];
  readonly locks: TableLocks;
  /** Approximate bytes that it has to read. */
  readonly bytes: number;
}

interface Facts {
  readonly tree: TableTree;
  /** Most batches that run at a time. */
  readonly jobs: number;
  /** Size of a table with its partitions; 0 for a table that is not worth a pg_restore of its own. */
  readonly bytesOf: (table: DumpEntry) => number;
}

const isSideBySide = (entry: DumpEntry, tree: TableTree): boolean =>
  SIDE_BY_SIDE.has(entry.description) && tree.tables(entry).length > 0;

interface Level {
  readonly side: boolean;
  readonly entries: DumpEntry[];
}

/** Starts a new level at an entry that cannot run side by side, and wherever entries depend on others. */
const levelsOf = (after: readonly DumpEntry[], tree: TableTree): Level[] => {
  const found: Level[] = [];
  let levels: DumpEntry[][] = [];
  let levelOf = new Map<string, number>();
  let about: DumpEntry[] = [];
  const endLevels = (): void => {
    found.push(...levels.map((level) => ({ side: true, entries: level })));
    [levels, levelOf] = [[], new Map()];
  };
  for (const entry of after) {
    if (isSideBySide(entry, tree)) {
      const level = entry.dependencies.reduce((most, id) => Math.max(most, (levelOf.get(id) ?? -1) + 1), 0);
      levelOf.set(String(entry.id), level);
      const entries = levels[level] ?? [];
      entries.push(entry);
      levels[level] = entries;
    } else if (ABOUT.has(entry.description) && levels.length > 0) about.push(entry);
    else {
      if (levels.length > 0) {
        endLevels();
        found.push({ side: false, entries: about });
        about = [];
      }
      const last = found.at(-1);
      if (last?.side === false) last.entries.push(entry);
      else found.push({ side: false, entries: [entry] });
    }
  }
  endLevels();
  return [...found, { side: false, entries: about }].filter((level) => level.entries.length > 0);
};

/** Entries of small tables that make one pg_restore worthwhile, since it has to connect first. */
const SMALL_ENTRIES = 64;

const batchOf = (entries: readonly DumpEntry[], { tree, bytesOf }: Facts): Batch => ({
  entries,
  locks: joinLocks(entries.map((entry) => tree.locks(entry))),
  bytes: entries.reduce((sum, entry) => sum + bytesIn(entry, { tree, bytesOf }), 0),
});

const bytesIn = (entry: DumpEntry, { tree, bytesOf }: Pick<Facts, 'tree' | 'bytesOf'>): number =>
  tree.tables(entry).reduce((sum, table) => sum + bytesOf(table), 0);

/** Makes a batch of each entry of a large table, and shares the entries of small tables out by table. */
const batchesOf = (entries: readonly DumpEntry[], facts: Facts): Batch[] => {
  const isOwn = (entry: DumpEntry): boolean =>
    entry.description === 'MATERIALIZED VIEW DATA' || bytesIn(entry, facts) > 0;
  const own = entries.filter(isOwn).map((entry) => batchOf([entry], facts));
  const small = entries.filter((entry) => !isOwn(entry));
  const count = Math.min(facts.jobs, Math.ceil(small.length / SMALL_ENTRIES));
  const dealt = Array.from({ length: count }, (): DumpEntry[] => []);
  const placeOf = new Map<string, number>();
  for (const entry of small) {
    const [table] = facts.tree.tables(entry);
    const key = String(table?.id);
    const place = placeOf.get(key) ?? placeOf.size % count;
    placeOf.set(key, place);
    dealt[place]?.push(entry);
  }
  return [...own, ...dealt.filter(({ length }) => length > 0).map((some) => batchOf(some, facts))];
};

/** A batch beside which nothing runs. */
const alone = (entries: readonly DumpEntry[]): Batch => ({ entries, locks: new Map(), bytes: 0 });

/** @returns steps, one after the other; the batches of a step may run side by side, as far as their locks allow */
export const stepsAfterRows = (after: readonly DumpEntry[], facts: Facts): Batch[][] => {
  const steps: Batch[][] = [];
  for (const { side, entries } of levelsOf(after, facts.tree)) {
    const batches = side ? batchesOf(entries, facts) : [alone(entries)];
    const former = steps.at(-1);
    const [one] = batches;
    // Entries that run alone continue in the same session.
    if (batches.length === 1 && former?.length === 1 && one !== undefined)
      steps[steps.length - 1] = [alone([...(former[0]?.entries ?? []), ...one.entries])];
    else steps.push(batches);
  }
  return steps;
};

/** Whether a batch may begin while others run. */
export const mayBegin = (batch: Batch, running: Iterable<Batch>): boolean => {
  for (const other of running) if (areInTheWay(batch.locks, other.locks)) return false;
  return true;
};
