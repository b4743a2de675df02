/** Finds the entries of a walk that are names of the same file. */
import type { BigIntStats } from 'node:fs';
import { type TreeEntry, walkedEntry } from '../../archive/capture/tree-item.ts';
import type { ByteString } from '../../archive/tar/byte-string.ts';
import { isOneFile, type SeenFile } from '../../archive/threads/seen-file.ts';

interface Linked {
  /** The first name of the file in the walk, which carries the content. */
  readonly path: ByteString;
  readonly seen: SeenFile;
  /** How many names of the file the walk has not met yet. */
  left: number;
}

/**
 * Remembers each file that has several names until the walk has met them all. The inode number alone does not identify a
 * file: when its last name is removed, the system gives the number to the next new file.
 */
export class LinkedFiles {
  readonly #files = new Map<string, Linked>();

  /** The entry itself for the first name of a file, and a hard link to that name for each other name. */
  entryOf(entry: TreeEntry, stats: BigIntStats): TreeEntry {
    const { path, seen } = entry;
    if (seen === undefined) return entry;
    const id = `${stats.dev}:${stats.ino}`;
    const linked = this.#files.get(id);
    if (linked !== undefined && isOneFile(linked.seen, seen)) {
      linked.left -= 1;
      if (linked.left === 0) this.#files.delete(id);
      return walkedEntry(path, 'hardlink', stats, linked.path);
    }
    this.#files.set(id, { path, seen, left: Number(stats.nlink) - 1 });
    return entry;
  }
}
