/**
 * What of a dump's table of contents is restored after the rows, in which order, and what of it side by side. It is the
 * order of pg_restore itself, but where indexes, keys and filled views follow each other: these wait only for those of
 * them that they depend on.
 */
import { type DumpEntry, SECTION } from '../dump/dump-head.ts';
import { areInTheWay, joinLocks, type TableLocks, type TableTree } from '../server/table-locks.ts';

/** What takes its time, and says in the table of contents which tables it is of. */
const SIDE_BY_SIDE = new Set([
  ...['INDEX', 'CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'MATERIALIZED VIEW DATA'],
]);
/** Of an entry before them, and nothing waits for them. */
const ABOUT = new Set(['COMMENT', 'SECURITY LABEL']);
const PRIVILEGES = new Set(['ACL', 'ACL LANGUAGE', 'DEFAULT ACL']);

/** pg_restore goes through a table of contents three times: all else, privileges, and what is behind them. */
const roundOf = ({ description, tag }: DumpEntry): 0 | 1 | 2 => {
  if (PRIVILEGES.has(description)) return 1;
  const last =
    description === 'EVENT TRIGGER' ||
    description === 'MATERIALIZED VIEW DATA' ||
    (ABOUT.has(description) && tag.startsWith('EVENT TRIGGER '));
  return last ? 2 : 0;
};

export interface SplitEntries {
  /** Up to the rows, and the rows. */
  readonly rows: readonly DumpEntry[];
  /** In the order in which pg_restore does it. */
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

/** What one pg_restore does, beside others. */
export interface Batch {
  readonly entries: readonly DumpEntry[];
  readonly locks: TableLocks;
  /** How much it has to read, about. */
  readonly bytes: number;
}

interface Facts {
  readonly tree: TableTree;
  /** How many may run at a time. */
  readonly jobs: number;
  /** Of a table with its partitions; 0 for what is not worth a pg_restore of its own. */
  readonly bytesOf: (table: DumpEntry) => number;
}

const isSideBySide = (entry: DumpEntry, tree: TableTree): boolean =>
  SIDE_BY_SIDE.has(entry.description) && tree.tables(entry).length > 0;

interface Level {
  readonly side: boolean;
  readonly entries: DumpEntry[];
}

/** Cut where something that does not run side by side is in between; and by what depends on what. */
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

/** A pg_restore has to connect first: so many entries of small tables are worth one. */
const SMALL_ENTRIES = 64;

const batchOf = (entries: readonly DumpEntry[], { tree, bytesOf }: Facts): Batch => ({
  entries,
  locks: joinLocks(entries.map((entry) => tree.locks(entry))),
  bytes: entries.reduce((sum, entry) => sum + bytesIn(entry, { tree, bytesOf }), 0),
});

const bytesIn = (entry: DumpEntry, { tree, bytesOf }: Pick<Facts, 'tree' | 'bytesOf'>): number =>
  tree.tables(entry).reduce((sum, table) => sum + bytesOf(table), 0);

/** What is of large tables each for itself, and what is of small ones dealt out by tables. */
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

/** Nothing runs beside it. */
const alone = (entries: readonly DumpEntry[]): Batch => ({ entries, locks: new Map(), bytes: 0 });

/**
 * @returns steps, one after the other: the batches of each may run side by side, as far as their locks let them.
 */
export const stepsAfterRows = (after: readonly DumpEntry[], facts: Facts): Batch[][] => {
  const steps: Batch[][] = [];
  for (const { side, entries } of levelsOf(after, facts.tree)) {
    const batches = side ? batchesOf(entries, facts) : [alone(entries)];
    const former = steps.at(-1);
    const [one] = batches;
    // What runs alone goes on in the same session.
    if (batches.length === 1 && former?.length === 1 && one !== undefined)
      steps[steps.length - 1] = [alone([...(former[0]?.entries ?? []), ...one.entries])];
    else steps.push(batches);
  }
  return steps;
};

/** Whether one may begin while others run. */
export const mayBegin = (batch: Batch, running: Iterable<Batch>): boolean => {
  for (const other of running) if (areInTheWay(batch.locks, other.locks)) return false;
  return true;
};
