/** The rule for a path in an archive: plainly below the root of its component. */
import { ArchiveError } from '../errors.ts';
import { type ByteString, contentsNameOf } from './byte-string.ts';
import type { TarType } from './tar-entry.ts';

/** An `archive_entry_refused` for an entry of this name. */
export const refusedEntry = (name: ByteString, why: string): ArchiveError =>
  new ArchiveError(
    'archive_entry_refused',
    `the entry ${JSON.stringify(contentsNameOf(name.slice(0, 200)).text)} ${why}; an archive made by Holdfast has no such entry: do not trust this one`,
  );

/** The path of the folder that an entry lies in; empty for what lies in the root. */
export const parentOf = (path: ByteString): ByteString => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Whether a path lies in a folder, or in one below it. */
export const isBelow = (path: ByteString, folder: ByteString): boolean =>
  path.length > folder.length && path.startsWith(folder) && path[folder.length] === '/';

const SLASH = 0x2f;

/**
 * Compares by the order of a walk: a folder, then all that is in it, then the next sibling by the bytes of its name.
 * This is the order of strings with the slash before all other bytes; the root, `.`, comes first. Returns a negative
 * number, 0 or a positive one.
 */
export const compareInWalk = (a: ByteString, b: ByteString): number => {
  if (a === '.' || b === '.') return a === b ? 0 : a === '.' ? -1 : 1;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return x === SLASH ? -1 : y === SLASH ? 1 : x - y;
  }
  return a.length - b.length;
};

/** @throws `archive_entry_refused` for a path that is absolute, empty, has `.`, `..` or empty parts, or a NUL */
export const checkEntryPath = (path: ByteString, type: TarType): void => {
  if (path === '.' && type === 'directory') return;
  if (path.startsWith('/')) throw refusedEntry(path, 'has an absolute path');
  if (path.includes('\0')) throw refusedEntry(path, 'has a NUL in its path');
  if (UNSAFE_PART.test(path)) throw refusedEntry(path, 'would lead out of the target');
};

/** An empty part, `.` or `..`. */
const UNSAFE_PART = /(?:^|\/)\.{0,2}(?:\/|$)/;
