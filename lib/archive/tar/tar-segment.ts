/**
 * Checks that the tar in a segment is what contents say, byte for byte: a header says nothing that a line of contents
 * does not, so it is made anew from that line and compared. Every byte outside of file contents is known before it is
 * read.
 */
import { ArchiveError } from '../errors.ts';
import { type ByteString, contentsNameOf } from './byte-string.ts';
import {
  TAR_BLOCK_BYTES,
  TAR_END_BYTES,
  type TarEntry,
  tarContentBytes,
  tarPaddingBytes,
} from './tar-entry.ts';
import { readTarHeader, type TarHeader } from './tar-reader.ts';
import { tarHeaderBytes, writeTarHeader } from './tar-writer.ts';

export interface TarSegmentShape {
  /** Content at the beginning that belongs to an entry of an earlier segment. */
  readonly leadBytes: number;
  /** Zeros after it, when that entry ends here. */
  readonly leadPadding: number;
  /** Content of the last entry, which runs on into the next segment; undefined when none does. */
  readonly trailBytes: number | undefined;
  /**
   * Whether the tar must end with this segment. It may end with any: each task that wrote a part of a component ended
   * its own tar.
   */
  readonly endsTar: boolean;
}

const wrong = (what: string): ArchiveError =>
  new ArchiveError('archive_damaged', `a segment ${what}; do not trust this archive`);

const shown = (name: ByteString): string => JSON.stringify(contentsNameOf(name.slice(0, 200)).text);

let scratch = Buffer.allocUnsafeSlow(4 * TAR_BLOCK_BYTES);

/** Whether the header at `at` is, byte for byte, what our writer makes for an entry. */
const isWrittenAt = (plain: Buffer, at: number, entry: TarEntry, bytes: number): boolean => {
  if (at + bytes > plain.length) return false;
  if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(2 * bytes);
  writeTarHeader(entry, scratch, 0);
  return plain.compare(scratch, 0, bytes, at, at + bytes) === 0;
};

const ZEROS = Buffer.alloc(TAR_END_BYTES);
const isZero = (plain: Buffer, from: number, bytes: number): boolean =>
  bytes === 0 || plain.compare(ZEROS, 0, bytes, from, from + bytes) === 0;

/** @throws `archive_damaged` unless zeros fill the block in which a content ends */
export const checkTarPadding = (plain: Buffer, from: number, bytes: number): void => {
  if (from + bytes > plain.length) throw wrong('ends in the middle of an entry');
  if (!isZero(plain, from, bytes)) throw wrong('has bytes other than zero after the content of an entry');
};

const OWN_FIELDS = ['path', 'type', 'size', 'mode', 'uid', 'gid', 'link'] as const;

/** The error for a header other than the listed entry's: what it says differently, or that it has another form. */
const otherHeader = (plain: Buffer, at: number, listed: TarEntry): ArchiveError => {
  const { entry } = readTarHeader(plain, at);
  const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
  const told = (one: TarEntry, field: (typeof OWN_FIELDS)[number]): string =>
    field === 'mode'
      ? octal(one.mode)
      : typeof one[field] === 'number'
        ? String(one[field])
        : shown(String(one[field]));
  const other: string[] = OWN_FIELDS.filter((field) => entry[field] !== listed[field]).map(
    (field) => `the ${field} ${told(entry, field)}, and contents list ${told(listed, field)}`,
  );
  if (entry.mtimeSeconds !== listed.mtimeSeconds || entry.mtimeNanoseconds !== listed.mtimeNanoseconds)
    other.push('another time than contents list');
  return other.length === 0
    ? wrong(`has the entry ${shown(listed.path)} in another form than the archive format prescribes`)
    : wrong(`has the entry ${shown(listed.path)} with ${other.join('; ')}`);
};

/**
 * Returns where the content begins.
 *
 * @throws `archive_damaged` and as `readTarHeader` unless the entry's header is at `at`
 */
export const checkTarHeader = (plain: Buffer, at: number, listed: TarEntry): number => {
  const bytes = tarHeaderBytes(listed);
  if (at < 0 || !isWrittenAt(plain, at, listed, bytes)) throw otherHeader(plain, at, listed);
  return at + bytes;
};

/** @throws `archive_damaged` unless the segment, or the tar in it, ends at `at` */
export const checkTarEnd = (plain: Buffer, at: number, endsTar: boolean): void => {
  const rest = plain.length - at;
  if (rest === 0 && !endsTar) return;
  if (rest === TAR_END_BYTES && isZero(plain, at, rest)) return;
  throw wrong(rest === 0 ? 'does not end with the end of a tar' : 'has other entries than contents list');
};

/**
 * Returns headers and contents, in order. `listed` are the entries that contents list, with checked paths and links.
 *
 * @throws `archive_damaged` when the segment is not what they say, and as `readTarHeader`.
 */
export const readTarSegment = (
  plain: Buffer,
  { leadBytes, leadPadding, trailBytes, endsTar }: TarSegmentShape,
  listed: readonly TarEntry[],
): TarHeader[] => {
  checkTarPadding(plain, leadBytes, leadPadding);
  const headers: TarHeader[] = [];
  let at = leadBytes + leadPadding;
  for (const [index, entry] of listed.entries()) {
    if (entry.type !== 'file' && entry.size !== 0)
      throw wrong('gives content to an entry that cannot have any');
    const contentAt = checkTarHeader(plain, at, entry);
    headers.push({ entry, contentAt });
    if (trailBytes !== undefined && index === listed.length - 1) {
      if (contentAt + trailBytes !== plain.length || trailBytes >= entry.size || endsTar)
        throw wrong('does not have the length that contents list');
      return headers;
    }
    at = contentAt + tarContentBytes(entry.size);
    checkTarPadding(plain, contentAt + entry.size, tarPaddingBytes(entry.size));
  }
  if (trailBytes !== undefined) throw wrong('does not have the length that contents list');
  checkTarEnd(plain, at, endsTar);
  return headers;
};
