/**
 * That no path stands in a component twice, for who reads entries one by one and does not hold them: objects of a store
 * and items of a table, of which there may be very many, and trees that are put into a bucket. `PathRules` has more
 * rules, for trees that go to a folder.
 */
import { createHash } from 'node:crypto';
import { treeEntryOf } from '../../contents/tree-entry.ts';
import { iterateContents } from '../../reader/contents-pages.ts';
import type { OpenedArchive } from '../../reader/open.ts';
import type { ByteString } from '../../tar/byte-string.ts';
import { refusedEntry } from '../../tar/entry-path.ts';

/** Objects and their attributes follow each other in turns. More orders than a few side by side are none. */
const MAX_ORDERS = 16;

const isTwice = (path: ByteString): Error => refusedEntry(path, 'stands in the archive twice');

/** Paths that ascend, among those with the same first part, are distinct: only the last one of each is kept. */
export class AscendingPaths {
  readonly #last = new Map<ByteString, ByteString>();
  /** As far as paths were taken. */
  allAscend = true;

  /** @throws `archive_entry_refused` for the path that was taken before it */
  take(path: ByteString): void {
    if (!this.allAscend) return;
    const slash = path.indexOf('/');
    const first = slash < 0 ? '' : path.slice(0, slash);
    const last = this.#last.get(first);
    if (last === path) throw isTwice(path);
    this.allAscend = last === undefined ? this.#last.size < MAX_ORDERS : last < path;
    this.#last.set(first, path);
  }
}

const digestOf = (path: ByteString): bigint =>
  createHash('sha256').update(path, 'latin1').digest().readBigUInt64LE();

/** Eight bytes for each path. */
class Digests {
  #all = new BigUint64Array(1_024);
  #count = 0;

  add(digest: bigint): void {
    if (this.#count === this.#all.length) {
      const grown = new BigUint64Array(2 * this.#count);
      grown.set(this.#all);
      this.#all = grown;
    }
    this.#all[this.#count] = digest;
    this.#count += 1;
  }

  /** Those that were added more than once. */
  repeated(): ReadonlySet<bigint> {
    const sorted = this.#all.subarray(0, this.#count).sort();
    return new Set(sorted.filter((digest, index) => index > 0 && digest === sorted[index - 1]));
  }
}

/**
 * The same for paths in any order: contents are read once more, and once again where two paths look alike.
 *
 * @throws `archive_entry_refused` for a path that stands in the component twice; what reading contents throws.
 */
export const refuseRepeatedPaths = async (
  archive: OpenedArchive,
  identity: string,
  component: string,
): Promise<void> => {
  const digests = new Digests();
  for await (const listed of iterateContents(archive, identity, component))
    digests.add(digestOf(treeEntryOf(listed).path));
  const repeated = digests.repeated();
  if (repeated.size === 0) return;
  const seen = new Set<ByteString>();
  for await (const listed of iterateContents(archive, identity, component)) {
    const { path } = treeEntryOf(listed);
    if (!repeated.has(digestOf(path))) continue;
    if (seen.has(path)) throw isTwice(path);
    seen.add(path);
  }
};
