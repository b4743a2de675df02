/** The files of a capture that run on from one segment to the next: opened once, recognised again, and closed. */
import { type BigIntStats, closeSync, fstatSync, openSync } from 'node:fs';
import { FILE_FLAGS } from '../threads/sealing/open-flags.ts';
import type { OpenFolders } from '../threads/sealing/open-folders.ts';
import { isSeenStill } from '../threads/seen-file.ts';
import type { OpenedFile } from '../threads/segment-jobs.ts';
import { isLink, unreadableReason } from '../threads/unreadable-reason.ts';
import type { OpenFileCursor } from './capture-sink.ts';
import { OpenFile } from './open-file.ts';
import { type TreeEntry, walkedEntry } from './tree-item.ts';

/** The result of opening a file. */
export interface Opening {
  /** The file, with the entry that the walk saw, or with the entry of another file that took its place. */
  readonly file?: OpenFile;
  /** Whether the file that the walk saw is gone, so that hard links to it have no target. */
  readonly isLost: boolean;
  /** Why there is no file. Undefined together with `file` when a link took its place. */
  readonly reason?: string;
}

export class LargeFiles {
  readonly #folders: OpenFolders;
  readonly #open = new Set<OpenFile>();

  constructor(folders: OpenFolders) {
    this.#folders = folders;
  }

  open(entry: TreeEntry): Opening {
    let descriptor: number;
    try {
      descriptor = openSync(this.#folders.nameOf(entry.path), FILE_FLAGS);
    } catch (error) {
      return { isLost: true, ...(!isLink(error) && { reason: unreadableReason(error) }) };
    }
    const opening = openingOf(descriptor, entry);
    if (opening.file === undefined) closeSync(descriptor);
    else this.#open.add(opening.file);
    return opening;
  }

  /** Takes a file that is already open and that somebody else closes. */
  borrow(entry: TreeEntry, { descriptor, measured }: OpenedFile): OpenFile {
    const file = new OpenFile(entry, descriptor, { measured, borrowed: true });
    this.#open.add(file);
    return file;
  }

  /** Opens a file whose middle an earlier call had reached. If it is gone, or is another one, its end reports that. */
  openAgain({ entry, from, pieces }: OpenFileCursor): OpenFile {
    const file = new OpenFile(entry, this.#descriptorAgain(entry), { from, pieces });
    this.#open.add(file);
    return file;
  }

  /** Returns -1 when the file is gone, or is another one. */
  #descriptorAgain(entry: TreeEntry): number {
    let descriptor = -1;
    try {
      descriptor = openSync(this.#folders.nameOf(entry.path), FILE_FLAGS);
      if (isIn(entry, fstatSync(descriptor, { bigint: true }))) return descriptor;
    } catch {
      // Handled as when another file is there.
    }
    if (descriptor >= 0) closeSync(descriptor);
    return -1;
  }

  close(file: OpenFile): void {
    this.#open.delete(file);
    file.close();
  }

  closeAll(): void {
    for (const file of this.#open) file.close();
  }
}

const openingOf = (descriptor: number, entry: TreeEntry): Opening => {
  const { path } = entry;
  let stats: BigIntStats;
  try {
    stats = fstatSync(descriptor, { bigint: true });
  } catch (error) {
    return { isLost: true, reason: unreadableReason(error) };
  }
  if (isIn(entry, stats)) return { file: new OpenFile(entry, descriptor), isLost: false };
  if (stats.isFile())
    return { file: new OpenFile(walkedEntry(path, 'file', stats, ''), descriptor), isLost: true };
  return { isLost: true, reason: 'was replaced by something that is not a file while the backup ran' };
};

/** Whether the opened file is the one that the walk saw. */
const isIn = ({ path, seen }: TreeEntry, stats: BigIntStats): boolean => {
  const now = walkedEntry(path, 'file', stats, '').seen;
  return stats.isFile() && (seen === undefined || (now !== undefined && isSeenStill(seen, now)));
};
