/**
 * The place that a restore writes to. Nothing is written outside of it, nor through a symlink in it, whether the
 * archive's or an older one: every folder on the way is looked at, once, without following links.
 */
import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { ArchiveError } from '../errors.ts';
import { type ByteString, contentsNameOf, fileSystemPath } from '../tar/byte-string.ts';
import { FolderFailed, isOfOneEntry } from './entry-failures.ts';

/** Something in the target is in the way, and must not be removed. */
export class TargetConflict extends Error {
  override readonly name = 'TargetConflict';
}

export const statsOf = (path: string | Buffer): Stats | undefined =>
  lstatSync(path, { throwIfNoEntry: false });

/** Whether an error of the file system has this code. */
export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Owner and group of what is made in the staging folder: our own. */
export const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

/** Whether this process restores owners, and mode bits beyond the permissions. */
export const isRoot = (): boolean => process.geteuid?.() === 0;

/** Mode of folders while they are filled: for their owner alone. Their own modes are set when they are full. */
export const MAKING_MODE = 0o700;

/** Makes a folder. Returns what another thread may have made there meanwhile. */
const make = (path: string | Buffer): Stats | undefined => {
  try {
    mkdirSync(path, MAKING_MODE);
    return undefined;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return statsOf(path);
    throw error;
  }
};

export class TargetFolder {
  readonly #target: ByteString;
  readonly #tree: ByteString;
  readonly #known = new Set<ByteString>();
  /** Folders that could not be made; they are not tried again for each entry below. */
  readonly #failed = new Map<ByteString, FolderFailed>();

  /** @param tree where its folders are made, when not in their final places. */
  constructor(target: ByteString, tree: ByteString = target) {
    this.#target = target;
    this.#tree = tree;
  }

  /** The path for `node:fs` of an entry that is no folder. `checkEntryPath` has checked the entry's path. */
  path(entry: ByteString): string | Buffer {
    return fileSystemPath(`${entry.includes('/') ? this.#tree : this.#target}/${entry}`);
  }

  /** False when the entry lies in a staged folder, which moves to its place later. */
  isFinal(entry: ByteString): boolean {
    return this.#tree === this.#target || !entry.includes('/');
  }

  folderPath(folder: ByteString): string | Buffer {
    return fileSystemPath(folder === '.' ? this.#target : `${this.#tree}/${folder}`);
  }

  /** Makes sure that the folder of an entry exists, and is a folder. */
  ensureParent(entry: ByteString): void {
    const slash = entry.lastIndexOf('/');
    if (slash > 0) this.ensureFolder(entry.slice(0, slash));
  }

  /** Makes a folder that does not exist yet, as far as this thread knows. @throws as `ensureFolder` */
  makeFolder(folder: ByteString): void {
    this.ensureParent(folder);
    const path = this.folderPath(folder);
    if (this.#attempt(folder, () => make(path)) === undefined) this.#known.add(folder);
    else this.ensureFolder(folder);
  }

  /**
   * @throws `archive_entry_refused` for a symlink in the way, `TargetConflict` for anything else that is no folder,
   * `FolderFailed` when the system refuses it or one above it, and errors of the system that do not concern this folder
   * alone.
   */
  ensureFolder(folder: ByteString): void {
    if (folder === '.' || this.#known.has(folder)) return;
    const failed = this.#failed.get(folder);
    if (failed !== undefined) throw failed;
    this.ensureParent(folder);
    const path = this.folderPath(folder);
    // Looks before making it: an error thrown and caught costs more than several looks.
    const stats = this.#attempt(folder, () => statsOf(path) ?? make(path));
    const { text } = contentsNameOf(folder);
    if (stats?.isSymbolicLink() === true) {
      throw new ArchiveError(
        'archive_entry_refused',
        `${text} is a symbolic link in the target, and Holdfast never restores through a link; remove it or choose another target`,
      );
    }
    if (stats?.isDirectory() === false) {
      throw new TargetConflict(
        `${text} is a directory in the archive, but not in the target; remove it or choose another target`,
      );
    }
    this.#known.add(folder);
  }

  #attempt<T>(folder: ByteString, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isOfOneEntry(error)) throw error;
      const failed = new FolderFailed(folder, error);
      this.#failed.set(folder, failed);
      throw failed;
    }
  }
}
