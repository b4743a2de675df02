/** The last parts of an extraction, in portions for the pool's threads: links, then folders. */

import type { ByteString } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { DecodedRun, type EntryRun, EntryRunBuilder } from '../threads/entry-run.ts';
import { Turns } from '../turns.ts';

/** Most entries of a portion: some milliseconds of work. */
const PORTION_ENTRIES = 512;

class Portions {
  readonly done: EntryRun[] = [];
  #next = new EntryRunBuilder();

  add(entry: TarEntry): void {
    this.#next.add(entry);
    if (this.#next.count === PORTION_ENTRIES) this.#close();
  }

  #close(): void {
    this.done.push(this.#next.build());
    this.#next = new EntryRunBuilder();
  }

  end(): readonly EntryRun[] {
    if (this.#next.count > 0) this.#close();
    return this.done;
  }
}

/** There may be hundreds of thousands of links: other work of this thread gets turns in between. */
async function* entriesOf(runs: readonly EntryRun[]): AsyncGenerator<TarEntry[], void, undefined> {
  const turns = new Turns();
  for (const run of runs) {
    const all = new DecodedRun(run);
    for (let from = 0; from < all.count; from += PORTION_ENTRIES) {
      const length = Math.min(PORTION_ENTRIES, all.count - from);
      yield Array.from({ length }, (_, index) => all.entry(from + index));
      await turns.step();
    }
  }
}

export interface LinkPortions {
  readonly portions: readonly EntryRun[];
  /** Hard links whose file this restore does not have. */
  readonly orphans: readonly ByteString[];
}

export const linkPortions = async (
  runs: readonly EntryRun[],
  isOrphan: (link: TarEntry) => boolean,
): Promise<LinkPortions> => {
  const orphans: ByteString[] = [];
  const portions = new Portions();
  for await (const entries of entriesOf(runs))
    for (const entry of entries)
      if (entry.type === 'hardlink' && isOrphan(entry)) orphans.push(entry.path);
      else portions.add(entry);
  return { portions: portions.end(), orphans };
};

const depthOf = (path: ByteString): number => (path === '.' ? 0 : path.split('/').length);

/**
 * Waves of portions, the deepest folders first: the next wave begins when one has ended, since a folder may get a mode
 * that closes it to its owner.
 */
export const folderWaves = async (
  runs: readonly EntryRun[],
  keptFolders: ReadonlySet<ByteString>,
): Promise<readonly (readonly EntryRun[])[]> => {
  const byDepth: Portions[] = [];
  for await (const entries of entriesOf(runs))
    for (const entry of entries) {
      if (keptFolders.has(entry.path)) continue;
      const depth = depthOf(entry.path);
      while (byDepth.length <= depth) byDepth.push(new Portions());
      byDepth[depth]?.add(entry);
    }
  return byDepth.reverse().map((portions) => portions.end());
};
