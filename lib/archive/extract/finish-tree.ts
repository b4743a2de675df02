/** The last parts of an extraction, in portions for the pool's threads: links, then folders. */
import { DecodedRun, type EntryRun, EntryRunBuilder } from '../segments/entry-run.ts';
import type { ByteString } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';

/** Entries of a portion at most: some milliseconds of work. */
const PORTION_ENTRIES = 512;

function* portionsOf(entries: Iterable<TarEntry>): Generator<EntryRun, void, undefined> {
  let portion = new EntryRunBuilder();
  for (const entry of entries) {
    portion.add(entry);
    if (portion.count < PORTION_ENTRIES) continue;
    yield portion.build();
    portion = new EntryRunBuilder();
  }
  if (portion.count > 0) yield portion.build();
}

function* entriesOf(runs: readonly EntryRun[]): Generator<TarEntry, void, undefined> {
  for (const run of runs) yield* new DecodedRun(run).entries();
}

export interface LinkPortions {
  readonly portions: readonly EntryRun[];
  /** Hard links that there is nothing of this restore to link to for. */
  readonly orphans: readonly ByteString[];
}

export const linkPortions = (
  runs: readonly EntryRun[],
  isOrphan: (link: TarEntry) => boolean,
): LinkPortions => {
  const orphans: ByteString[] = [];
  const wanted = function* (): Generator<TarEntry, void, undefined> {
    for (const entry of entriesOf(runs)) {
      if (entry.type === 'hardlink' && isOrphan(entry)) orphans.push(entry.path);
      else yield entry;
    }
  };
  return { portions: [...portionsOf(wanted())], orphans };
};

const depthOf = (path: ByteString): number => (path === '.' ? 0 : path.split('/').length);

/**
 * Waves of portions, the deepest folders first: the next wave may begin when one has ended, since a folder may be given
 * a mode that closes it to its owner.
 */
export const folderWaves = (
  runs: readonly EntryRun[],
  keptFolders: ReadonlySet<ByteString>,
): readonly (readonly EntryRun[])[] => {
  const byDepth: TarEntry[][] = [];
  for (const entry of entriesOf(runs)) {
    if (keptFolders.has(entry.path)) continue;
    const depth = depthOf(entry.path);
    while (byDepth.length <= depth) byDepth.push([]);
    byDepth[depth]?.push(entry);
  }
  return byDepth.reverse().map((entries) => [...portionsOf(entries)]);
};
