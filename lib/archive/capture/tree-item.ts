/** What a walk gives to a capture: entries as the file system shows them, and things it leaves out. */
import type { BigIntStats } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';
import type { TarEntry, TarType } from '../tar/tar-entry.ts';
import { MAX_MTIME_SECONDS, type SeenFile, seenFileOf } from '../threads/seen-file.ts';
import type { CaptureOptions } from './capture-sink.ts';

export interface TreeEntry extends TarEntry {
  /** Of files: compared with what is opened later under this name. */
  readonly seen?: SeenFile | undefined;
}

/** Something that the walk met and does not capture. */
export interface SkippedItem {
  readonly path: ByteString;
  readonly reason: string;
  /** Whether it is a socket, a pipe or a device: it holds nothing that could be read. */
  readonly special?: true;
}
export type TreeItem = TreeEntry | SkippedItem;

export interface CaptureTreeOptions extends CaptureOptions {
  /** The directory that paths are relative to. */
  readonly root: ByteString;
  /** Parents before children, each path once, in the same order at every call; the workers read the files. */
  readonly items: Iterable<TreeItem>;
  /** Whether `path` comes, in the order of `items`, at or before `after`: a capture that goes on leaves these out. */
  readonly isAtOrBefore: (path: ByteString, after: ByteString) => boolean;
}

const NANOSECONDS = 1_000_000_000n;
const MAX_SECONDS = BigInt(MAX_MTIME_SECONDS);

/** Whether the time is outside the range of an archive: the entry has the nearest time inside it. */
export const isFarTime = ({ mtimeSeconds }: TarEntry): boolean =>
  Math.abs(mtimeSeconds) === MAX_MTIME_SECONDS;

/** Undefined for types that no archive holds. */
export const treeTypeOf = (stats: BigIntStats): TarType | undefined => {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : undefined;
};

export const specialReason = (stats: BigIntStats): string => {
  if (stats.isSocket()) return 'is a socket';
  if (stats.isFIFO()) return 'is a named pipe';
  return 'is a device node';
};

/**
 * An entry as `stats` show it.
 * @param link the target of a link, else empty.
 * @param guarded as in `SeenFile`.
 */
export const walkedEntry = (
  path: ByteString,
  type: TarType,
  stats: BigIntStats,
  link: ByteString,
  guarded = false,
): TreeEntry => {
  const { mtimeNs } = stats;
  let seconds = mtimeNs / NANOSECONDS;
  if (mtimeNs < 0n && seconds * NANOSECONDS !== mtimeNs) seconds -= 1n;
  let nanoseconds = mtimeNs - seconds * NANOSECONDS;
  if (seconds >= MAX_SECONDS || seconds < -MAX_SECONDS) {
    seconds = seconds < 0n ? -MAX_SECONDS : MAX_SECONDS;
    nanoseconds = 0n;
  }
  return {
    path,
    type,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: type === 'file' ? Number(stats.size) : 0,
    mtimeSeconds: Number(seconds),
    mtimeNanoseconds: Number(nanoseconds),
    link,
    seen: type === 'file' ? seenFileOf(stats, guarded) : undefined,
  };
};
