/**
 * Entries that the system refuses in a restore are named, and the rest goes on. An error that no entry causes, such as
 * a full disk, ends the restore.
 */

import { NAMED_SKIPPED } from '../manifest-bounds.ts';
import { shownPath } from '../shown-text.ts';
import type { ByteString } from '../tar/byte-string.ts';

/** Refusals that the next entry would meet as well, and that a person can resolve. */
const OF_THE_WHOLE = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM']);

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use, or a file system is mounted on it',
  EEXIST: 'something else has taken its place during the restore',
  EFBIG: 'its file system does not allow a file of that size',
  EINVAL: 'its file system refuses it',
  EIO: 'the disk failed',
  EISDIR: 'a folder has taken its place during the restore',
  ELOOP: 'a link has taken its place during the restore',
  EMLINK: 'its file has as many hard links as the file system allows',
  ENAMETOOLONG: 'its name is too long for the file system',
  ENOENT: 'the folder that it belongs in is gone',
  ENOTDIR: 'the path above it is not a folder',
  ENOTSUP: 'its file system does not support it',
  EPERM: 'not permitted: something there is immutable, or this user lacks a right',
  EROFS: 'its file system is mounted read-only',
  EXDEV: 'another file system is mounted in its place',
};

/** The code of an error of the system; undefined for any other. */
export const systemCode = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^E[A-Z0-9]+$/.test(code) ? code : undefined;
};

/** Whether the system refused this entry only, and may well accept the next one. */
export const isOfOneEntry = (error: unknown): boolean => {
  const code = systemCode(error);
  return code !== undefined && !OF_THE_WHOLE.has(code);
};

/** The refusal in words, for a person. */
export const refusalReason = (error: unknown): string => {
  const code = systemCode(error) ?? String(error);
  const words = WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
};

/** An error that ends the restore, with the entry at which it came: calls on open files name none. */
export const atEntry = (error: unknown, path: ByteString): unknown => {
  const code = systemCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  return Object.assign(new Error(`${error.message}; it was about ${JSON.stringify(shownPath(path))}`), {
    code,
  });
};

/** A folder that could not be made, so that nothing below it can be. */
export class FolderFailed extends Error {
  override readonly name = 'FolderFailed';
  readonly folder: ByteString;

  constructor(folder: ByteString, cause: unknown) {
    super(refusalReason(cause), { cause });
    this.folder = folder;
  }
}

/** An entry, and why it is named. */
export interface NamedEntry {
  readonly path: ByteString;
  readonly reason: string;
}

/** Survives structured clone. */
export interface EntryFailures {
  /** Entries that were not restored, those of `folders` excepted. */
  readonly lostCount: number;
  /** The first hundred of them. */
  readonly lost: readonly NamedEntry[];
  /** Entries that were restored, but not completely. */
  readonly lackingCount: number;
  readonly lacking: readonly NamedEntry[];
  /** The first hundred folders that could not be made, and how many entries are lost below each. */
  readonly folders: readonly (NamedEntry & { readonly isListed: boolean; readonly below: number })[];
  /** Entries that are lost with folders beyond these hundred. */
  readonly belowOthers: number;
}

/** Collects what was refused; its size is bounded. */
export class FailureList {
  #lostCount = 0;
  readonly #lost: NamedEntry[] = [];
  #lackingCount = 0;
  readonly #lacking: NamedEntry[] = [];
  readonly #folders = new Map<ByteString, { reason: string; isListed: boolean; below: number }>();
  #belowOthers = 0;

  /**
   * Records an entry that could not be made.
   *
   * @throws the error, with the entry's name, when it does not concern that entry alone
   */
  lose(path: ByteString, error: unknown): void {
    if (error instanceof FolderFailed) {
      const isIt = error.folder === path;
      this.#addFolder(error.folder, { reason: error.message, isListed: isIt, below: isIt ? 0 : 1 });
    } else if (isOfOneEntry(error)) this.loseFor(path, refusalReason(error));
    else throw atEntry(error, path);
  }

  loseFor(path: ByteString, reason: string): void {
    this.#lostCount += 1;
    if (this.#lost.length < NAMED_SKIPPED) this.#lost.push({ path, reason });
  }

  /** Records an entry that was made and lacks something that the archive says. */
  lack(path: ByteString, what: string | undefined): void {
    if (what === undefined) return;
    this.#lackingCount += 1;
    if (this.#lacking.length < NAMED_SKIPPED) this.#lacking.push({ path, reason: what });
  }

  addAll(other: EntryFailures): void {
    this.#lostCount += other.lostCount;
    this.#lackingCount += other.lackingCount;
    this.#belowOthers += other.belowOthers;
    this.#lost.push(...other.lost.slice(0, NAMED_SKIPPED - this.#lost.length));
    this.#lacking.push(...other.lacking.slice(0, NAMED_SKIPPED - this.#lacking.length));
    for (const { path, ...folder } of other.folders) this.#addFolder(path, folder);
  }

  #addFolder(path: ByteString, folder: { reason: string; isListed: boolean; below: number }): void {
    const known = this.#folders.get(path);
    if (known !== undefined) {
      known.isListed ||= folder.isListed;
      known.below += folder.below;
    } else if (this.#folders.size < NAMED_SKIPPED) this.#folders.set(path, { ...folder });
    else this.#belowOthers += folder.below + (folder.isListed ? 1 : 0);
  }

  build(): EntryFailures {
    return {
      lostCount: this.#lostCount,
      lost: this.#lost,
      lackingCount: this.#lackingCount,
      lacking: this.#lacking,
      folders: [...this.#folders].map(([path, folder]) => ({ path, ...folder })),
      belowOthers: this.#belowOthers,
    };
  }
}

/** How many entries were not restored. */
export const lostIn = ({ lostCount, folders, belowOthers }: EntryFailures): number =>
  folders.reduce((sum, { isListed, below }) => sum + below + (isListed ? 1 : 0), lostCount + belowOthers);

/** The failures in the order in which a record names them: folders first, with all that is below them. */
export const namedIn = ({ folders, lost, lacking }: EntryFailures): NamedEntry[] => [
  ...folders.map(({ path, reason, below }) => ({
    path,
    reason: `this folder could not be created: ${reason}${below === 0 ? '' : `; the ${below} entries below it are not restored`}`,
  })),
  ...lost.map(({ path, reason }) => ({ path, reason: `could not be restored: ${reason}` })),
  ...lacking,
];
