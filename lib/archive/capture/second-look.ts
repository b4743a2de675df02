/**
 * What was not captured at its turn is looked at once more, at the end: files that another took the place of, links whose
 * file is not in the archive, files that give more than the file system says. Now a file is opened before it is looked
 * at, and read from there, so that nothing can come between.
 */
import { closeSync, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';
import { FILE_FLAGS } from '../threads/sealing/open-flags.ts';
import type { OpenFolders } from '../threads/sealing/open-folders.ts';
import type { OpenedFile } from '../threads/segment-jobs.ts';
import { unreadableReason } from '../threads/unreadable-reason.ts';
import { specialReason, type TreeEntry, type TreeItem, treeTypeOf, walkedEntry } from './tree-item.ts';

/** So many files are held open at a time. */
const MOST_AT_ONCE = 128;

/** A file in this state stays open until `SecondLooks.close`. */
export interface LookedAt {
  readonly item: TreeItem;
  readonly opened?: OpenedFile | undefined;
}

export class SecondLooks {
  readonly #folders: OpenFolders;
  /** Paths, and their sizes where those were found by reading. */
  readonly #waiting = new Map<ByteString, number | undefined>();
  readonly #open: number[] = [];
  /** The names of the files that are open, by their numbers. */
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

  /** Takes some of those that wait, and looks at each when it is asked for. */
  *next(): Generator<LookedAt, void, undefined> {
    for (const [path, size] of this.#waiting) {
      if (this.#open.length >= MOST_AT_ONCE) return;
      this.#waiting.delete(path);
      yield this.#look(path, size);
    }
  }

  /** To be called when what was looked at has been captured. */
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
      return { item: { path, reason: 'was replaced by something that is no file while the backup ran' } };
    // As long as a file is open, no other one is given its number.
    const number = `${stats.dev}:${stats.ino}`;
    const first = this.#files.get(number);
    if (first !== undefined) return { item: walkedEntry(path, 'hardlink', stats, first) };
    this.#files.set(number, path);
    const entry: TreeEntry = { ...walkedEntry(path, 'file', stats, ''), seen: undefined };
    const measured = size !== undefined;
    return { item: measured ? { ...entry, size } : entry, opened: { descriptor, measured } };
  }
}
