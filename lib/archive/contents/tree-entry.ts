/** An entry of a tree as contents list it, turned into what tar and the file system call it. */
import { ArchiveError } from '../errors.ts';
import type { ContentsEntry } from '../format.ts';
import { nameFromContents } from '../tar/byte-string.ts';
import { checkEntryPath } from '../tar/entry-path.ts';
import type { TarEntry, TarType } from '../tar/tar-entry.ts';
import { parseMtimeText } from './contents-line.ts';

export const contentsWrong = (what: string): ArchiveError =>
  new ArchiveError('archive_damaged', `contents ${what}; the Holdfast that made this archive is faulty`);

/** Objects of a store and items of a table are files in the tar. */
const tarTypes = new Map<string, TarType>([
  ['file', 'file'],
  ['object', 'file'],
  ['item', 'file'],
  ['directory', 'directory'],
  ['symlink', 'symlink'],
  ['hardlink', 'hardlink'],
]);

/**
 * The entry, whose path and hard link target must lie plainly below the root: contents are trusted no more than
 * headers.
 *
 * @throws `archive_damaged` for an entry that no tree has, `archive_entry_refused` for a path that leads out.
 */
export const treeEntryOf = (entry: ContentsEntry): TarEntry => {
  const type = tarTypes.get(entry.type);
  const { size, mode, mtime, uid, gid } = entry;
  if (type === undefined)
    throw contentsWrong(`list an entry of type ${entry.type}, which a tree of files cannot have`);
  if (mode === undefined || mtime === undefined || uid === undefined || gid === undefined)
    throw contentsWrong('list an entry without mode, mtime, uid or gid');
  const path = nameFromContents(entry.path, entry.pathBase64);
  checkEntryPath(path, type);
  const link = entry.link === undefined ? '' : nameFromContents(entry.link, entry.linkBase64);
  if (type === 'hardlink') checkEntryPath(link, 'file');
  if (link.includes('\0')) throw contentsWrong('list a link with a NUL in it');
  const { seconds, nanoseconds } = timeOf(mtime);
  return { path, type, size, mode, uid, gid, mtimeSeconds: seconds, mtimeNanoseconds: nanoseconds, link };
};

const timeOf = (mtime: string): { seconds: number; nanoseconds: number } => {
  try {
    return parseMtimeText(mtime);
  } catch {
    throw contentsWrong(`list ${JSON.stringify(mtime.slice(0, 60))}, which is not a time`);
  }
};
