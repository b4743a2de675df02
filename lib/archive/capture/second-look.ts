/**
 * Entries that were not captured at their turn are looked at once more, at the end: files that another one replaced,
 * links whose file is not in the archive, files that give more bytes than the file system says. This time a file is
 * opened first, then looked at and read through that descriptor, so nothing can change in between.
 */
import { closeSync, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';
import { FILE_FLAGS } from '../threads/sealing/open-flags.ts';
import type { OpenFolders } from '../threads/sealing/open-folders.ts';
import type { OpenedFile } from '../threads/segment-jobs.ts';
import { unreadableReason } from '../threads/unreadable-reason.ts';
import { specialReason, type TreeEntry, type TreeItem, treeTypeOf, walkedEntry } from './tree-item.ts';

/** Files held open at a time. */
const MOST_AT_ONCE = 128;

/** A file in `opened` stays open until `SecondLooks.close`. */
export interface LookedAt {
  readonly item: TreeItem;
  readonly opened?: OpenedFile | undefined;
}

export class SecondLooks {
  readonly #folders: OpenFolders;
  /** Paths, and their sizes where those were found by reading. */
  readonly #waiting = new Map<ByteString, number | undefined>();
  readonly #open: number[] = [];
  /** The paths of the open files, by device and inode number. */
  readonly #files = new Map<string, ByteString>();

  constructor(folders: OpenFolders) {
    this.#folders = folders;
  }

  add(path: ByteString, size: number | undefined): void {
    this.#waiting.set(path, size);
  }

  get paths(): readonly ByteString[] {
    return [...this.#waiting.keys()];
  }

  /** Takes some of the waiting paths, and looks at each as it is asked for. */
  *next(): Generator<LookedAt, void, undefined> {
    for (const [path, size] of this.#waiting) {
      if (this.#open.length >= MOST_AT_ONCE) return;
      this.#waiting.delete(path);
      yield this.#look(path, size);
    }
  }

  /** To be called when these entries have been captured. */
  close(): void {
    for (const descriptor of this.#open.splice(0)) closeSync(descriptor);
    this.#files.clear();
  }

  #look(path: ByteString, size: number | undefined): LookedAt {
    try {
      const name = this.#folders.nameOf(path);
      const stats = lstatSync(name, { bigint: true });
      const type = treeTypeOf(stats);
      if (type === undefined) return { item: { path, reason: specialReason(stats), special: true } };
      if (type === 'directory')
        return { item: { path, reason: 'was replaced by a folder while the backup ran' } };
      if (type === 'file') return this.#openFile(path, name, size);
      return { item: walkedEntry(path, type, stats, readlinkSync(name, 'latin1')) };
    } catch (error) {
      return { item: { path, reason: unreadableReason(error) } };
    }
  }

  #openFile(path: ByteString, name: string | Buffer, size: number | undefined): LookedAt {
    const descriptor = openSync(name, FILE_FLAGS);
    this.#open.push(descriptor);
    const stats = fstatSync(descriptor, { bigint: true });
    if (!stats.isFile())
      return { item: { path, reason: 'was replaced by something that is not a file while the backup ran' } };
    // No other file gets this inode number while the file is open.
    const number = `${stats.dev}:${stats.ino}`;
    const first = this.#files.get(number);
    if (first !== undefined) return { item: walkedEntry(path, 'hardlink', stats, first) };
    this.#files.set(number, path);
    const entry: TreeEntry = { ...walkedEntry(path, 'file', stats, ''), seen: undefined };
    const measured = size !== undefined;
    return { item: measured ? { ...entry, size } : entry, opened: { descriptor, measured } };
  }
}
