/** Reads the entries of a component back one by one, in their order, for targets that are no file system. */

import type { PlacedMember } from '../container/archive-layout.ts';
import { iterateContents } from '../container/contents.ts';
import { placeOf } from '../container/manifest-rules.ts';
import type { OpenedArchive } from '../container/open.ts';
import { ArchiveError } from '../errors.ts';
import type { ContentsEntry } from '../format.ts';
import type { SegmentPool } from '../segments/segment-pool.ts';
import { openSegmentOn } from './extract-stream.ts';

export interface ExtractEntriesOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  /** Which entries are wanted; segments that hold none of them are not read. @default all */
  readonly wanted?: (entry: ContentsEntry) => boolean;
  readonly signal?: AbortSignal;
}

export interface ExtractedEntry {
  readonly entry: ContentsEntry;
  /** All of it, in pieces of at most a segment, each checked as a whole. Read it before the next entry is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

/** Opens segments as they are asked for, keeps the last two: entries come in the order of segments. */
class SegmentReader {
  readonly #options: ExtractEntriesOptions;
  readonly #members = new Map<number, PlacedMember>();
  readonly #open = new Map<number, Promise<Buffer>>();

  constructor(options: ExtractEntriesOptions) {
    this.#options = options;
    for (const member of options.archive.segments(options.component)) {
      const place = placeOf(member.name);
      if (place?.kind === 'segment') this.#members.set(place.number, member);
    }
  }

  segment(number: number): Promise<Buffer> {
    const known = this.#open.get(number);
    if (known !== undefined) return known;
    const member = this.#members.get(number);
    if (member === undefined) throw damaged(`contents speak of segment ${number}, which is not there`);
    const { archive, identity, pool } = this.#options;
    const opened = openSegmentOn(pool, archive, member, identity);
    this.#open.set(number, opened);
    const [oldest] = this.#open.keys();
    if (this.#open.size > 2 && oldest !== undefined) this.#open.delete(oldest);
    return opened;
  }
}

const damaged = (what: string): ArchiveError =>
  new ArchiveError('archive_damaged', `${what}; the archive was not made by a sound Holdfast`);

async function* contentOf(
  reader: SegmentReader,
  entry: ContentsEntry,
): AsyncGenerator<Buffer, void, undefined> {
  const pieces = entry.pieces ?? [{ segment: entry.segment, offset: entry.offset, bytes: entry.size }];
  for (const { segment, offset, bytes } of pieces) {
    if (bytes === 0) continue;
    const plain = await reader.segment(segment);
    if (offset + bytes > plain.length) throw damaged(`the content of ${entry.path} lies beyond its segment`);
    yield plain.subarray(offset, offset + bytes);
  }
}

/**
 * The entries of a component with their content. Throws `not_in_archive`, and what reading contents and segments
 * throws; the signal's reason when aborted.
 */
export async function* extractEntries(
  options: ExtractEntriesOptions,
): AsyncGenerator<ExtractedEntry, void, undefined> {
  const { archive, identity, component, wanted, signal } = options;
  const reader = new SegmentReader(options);
  for await (const entry of iterateContents(archive, identity, component)) {
    signal?.throwIfAborted();
    if (wanted !== undefined && !wanted(entry)) continue;
    yield { entry, content: contentOf(reader, entry) };
  }
}
