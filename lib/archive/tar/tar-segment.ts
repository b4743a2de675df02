/** The entries of a segment of a tar component, which must be those that contents list. */
import { ArchiveError } from '../errors.ts';
import { TAR_BLOCK_BYTES, TAR_END_BYTES, type TarEntry, tarContentBytes } from './tar-entry.ts';
import { isTarEnd, readTarHeader, type TarHeader } from './tar-reader.ts';
import { tarHeaderBytes, writeTarHeader } from './tar-writer.ts';

export interface TarSegmentShape {
  /** Content at the beginning that belongs to an entry of an earlier segment. */
  readonly leadBytes: number;
  readonly leadEnds: boolean;
  /** Content at the end of an entry that runs on; undefined when none does. */
  readonly trailBytes: number | undefined;
  /** Whether the tar must end with it. It may end with any: each task that wrote a part of a component ended its own. */
  readonly endsTar: boolean;
}

const wrong = (what: string): ArchiveError =>
  new ArchiveError('archive_damaged', `a segment ${what}; the archive was not made by a sound Holdfast`);

const otherEntries = (): ArchiveError =>
  new ArchiveError(
    'archive_damaged',
    'a segment holds other entries than contents list; do not trust this archive',
  );

let scratch = Buffer.allocUnsafeSlow(4 * TAR_BLOCK_BYTES);

/** Whether the header at `at` is, byte for byte, what our writer makes of an entry. */
const isWrittenAt = (plain: Buffer, at: number, entry: TarEntry, bytes: number): boolean => {
  if (at + bytes > plain.length) return false;
  if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(2 * bytes);
  writeTarHeader(entry, scratch, 0);
  return plain.compare(scratch, 0, bytes, at, at + bytes) === 0;
};

/** To write a header and compare takes a third of the time that it takes to read one, so that is tried first. */
const headerOf = (listed: TarEntry | undefined, plain: Buffer, at: number): TarHeader => {
  if (listed !== undefined && (listed.type === 'file' || listed.size === 0)) {
    const bytes = tarHeaderBytes(listed);
    if (isWrittenAt(plain, at, listed, bytes)) return { entry: listed, contentAt: at + bytes };
  }
  const header = readTarHeader(plain, at);
  const { type, path, size, link } = header.entry;
  if (type !== listed?.type || path !== listed.path || size !== listed.size || link !== listed.link)
    throw otherEntries();
  return header;
};

/**
 * Headers and contents, in order. `listed` are the entries that contents list, their paths and links checked.
 * Throws `archive_damaged` when the segment has others, or is not of this shape, and as `readTarHeader`.
 */
export const readTarSegment = (
  plain: Buffer,
  shape: TarSegmentShape,
  listed: readonly TarEntry[],
): TarHeader[] => {
  const headers = headersOf(plain, shape, listed);
  if (headers.length !== listed.length) throw otherEntries();
  return headers;
};

const headersOf = (plain: Buffer, shape: TarSegmentShape, listed: readonly TarEntry[]): TarHeader[] => {
  const headers: TarHeader[] = [];
  let at = shape.leadEnds ? tarContentBytes(shape.leadBytes) : shape.leadBytes;
  while (at < plain.length) {
    if (isTarEnd(plain, at)) {
      if (at + TAR_END_BYTES !== plain.length) throw wrong('goes on behind the end of the tar');
      if (shape.trailBytes !== undefined) throw wrong('is not as long as contents say');
      return headers;
    }
    const header = headerOf(listed[headers.length], plain, at);
    headers.push(header);
    at = header.contentAt + tarContentBytes(header.entry.size);
    if (at > plain.length) {
      if (shape.trailBytes !== plain.length - header.contentAt || shape.endsTar) {
        throw wrong('ends in the middle of an entry');
      }
      return headers;
    }
  }
  if (at !== plain.length || shape.trailBytes !== undefined) throw wrong('is not as long as contents say');
  if (shape.endsTar) throw wrong('does not end the tar');
  return headers;
};
