/**
 * Checks that no path is in a component twice, while entries are read one by one and not kept: objects of a store and
 * items of a table, which may be very many, and trees that are put into a bucket. `PathRules` has more rules, for trees
 * that go to a folder.
 */
import { createHash } from 'node:crypto';
import { treeEntryOf } from '../../contents/tree-entry.ts';
import { iterateContents } from '../../reader/contents-pages.ts';
import type { OpenedArchive } from '../../reader/open.ts';
import type { ByteString } from '../../tar/byte-string.ts';
import { refusedEntry } from '../../tar/entry-path.ts';

/**
 * Objects and their attributes take turns, so paths may ascend in a few separate orders; more than this is no order.
 */
const MAX_ORDERS = 16;

const isTwice = (path: ByteString): Error => refusedEntry(path, 'is in the archive twice');

/** Checks paths that ascend, among those with the same first part: only the last one of each is kept. */
export class AscendingPaths {
  readonly #last = new Map<ByteString, ByteString>();
  /** Whether all paths so far ascended. */
  allAscend = true;

  /** @throws `archive_entry_refused` for a path that was also the last one with its first part */
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

/** Digests of paths, eight bytes for each. */
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

  /** Digests that were added more than once. */
  repeated(): ReadonlySet<bigint> {
    const sorted = this.#all.subarray(0, this.#count).sort();
    return new Set(sorted.filter((digest, index) => index > 0 && digest === sorted[index - 1]));
  }
}

/**
 * Checks paths in any order: reads contents once more, and a second time where two digests are equal.
 *
 * @throws `archive_entry_refused` for a path that is in the component twice; what reading contents throws.
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
