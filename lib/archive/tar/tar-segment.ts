/** The entries of a segment of a tar component, and whether they are those that contents list. */
import { createHash } from 'node:crypto';
import { ArchiveError } from '../errors.ts';
import { TAR_END_BYTES, type TarEntry, tarContentBytes } from './tar-entry.ts';
import { isTarEnd, readTarHeader, type TarHeader } from './tar-reader.ts';

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

/** Headers and contents, in order. Throws `archive_damaged` when the segment is not of this shape, and as `readTarHeader`. */
export const readTarSegment = (plain: Buffer, shape: TarSegmentShape): TarHeader[] => {
  const headers: TarHeader[] = [];
  let at = shape.leadEnds ? tarContentBytes(shape.leadBytes) : shape.leadBytes;
  while (at < plain.length) {
    if (isTarEnd(plain, at)) {
      if (at + TAR_END_BYTES !== plain.length) throw wrong('goes on behind the end of the tar');
      if (shape.trailBytes !== undefined) throw wrong('is not as long as contents say');
      return headers;
    }
    const header = readTarHeader(plain, at);
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

/** So much text is hashed at a time: a call for each entry would cost more than the hash. */
const HASHED_LENGTH = 16 * 1024;

/** What contents and tar must agree on, of one entry. */
export const listedText = ({
  type,
  path,
  size,
  link,
}: Pick<TarEntry, 'type' | 'path' | 'size' | 'link'>): string => `${type}\0${path}\0${size}\0${link}\n`;

/** Gathers it for all entries of a segment, in their order. */
export class EntryListDigest {
  readonly #hash = createHash('sha256');
  #text = '';
  #digest: string | undefined;
  entries = 0;

  /** Takes the `listedText` of some entries. */
  add(text: string, entries: number): void {
    this.#text += text;
    this.entries += entries;
    if (this.#text.length < HASHED_LENGTH) return;
    this.#hash.update(this.#text);
    this.#text = '';
  }

  /** Of all that was added; nothing more may be. */
  digest(): string {
    this.#digest ??= this.#hash.update(this.#text).digest('hex');
    return this.#digest;
  }
}
