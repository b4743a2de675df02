/** Reads the entries of a component back one by one, in order, for targets that are no file system. */
import { hash } from 'node:crypto';
import { SegmentTiling } from '../contents/segment-tiling.ts';
import { contentsWrong } from '../contents/tree-entry.ts';
import type { ContentsEntry } from '../format.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import { placeOf } from '../member-names.ts';
import type { ContentsPart } from '../reader/contents-pages.ts';
import type { OpenedArchive } from '../reader/open.ts';
import { tarPaddingBytes } from '../tar/tar-entry.ts';
import { checkTarEnd, checkTarHeader, checkTarPadding } from '../tar/tar-segment.ts';
import { otherContent } from '../threads/reading/open-segment.ts';
import type { SegmentPool } from '../threads/segment-pool.ts';
import { iteratePart, iterateTree, type TreeContentsEntry } from './contents/tree-contents.ts';
import { openSegmentOn } from './extract-stream.ts';

export interface ExtractEntriesOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  /** Which entries are wanted; segments that hold none of them are not read. @default all */
  readonly wanted?: (entry: ContentsEntry) => boolean;
  /** Which contents members are read: see `iteratePart`. @default all */
  readonly part?: ContentsPart | undefined;
  /** Whether each content is checked against the SHA-256 that contents list, as for `extractTar`. @default true */
  readonly checkHashes?: boolean;
  readonly signal?: AbortSignal;
}

export interface ExtractedEntry {
  readonly entry: ContentsEntry;
  /**
   * The whole content in pieces, each of at most a segment and checked as a whole. Read it before the next entry is
   * asked for.
   */
  readonly content: AsyncIterable<Buffer>;
}

/** Opens segments as they are asked for, and keeps the last two: entries come in the order of segments. */
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
    if (member === undefined) throw contentsWrong(`name segment ${number}, which the archive does not have`);
    const { archive, identity, pool } = this.#options;
    const opened = openSegmentOn(pool, archive, member, identity);
    this.#open.set(number, opened);
    const [oldest] = this.#open.keys();
    if (this.#open.size > 2 && oldest !== undefined) this.#open.delete(oldest);
    return opened;
  }

  /** @throws `archive_damaged` where a segment that is open, or holds only the tar's end, does not end with the end of a tar */
  async checkEnds(ends: readonly TarEnd[]): Promise<void> {
    for (const { segment, at } of ends) {
      const plain = await (at === 0 ? this.segment(segment) : this.#open.get(segment));
      if (plain !== undefined) checkTarEnd(plain, at, true);
    }
  }
}

interface TarEnd {
  readonly segment: number;
  readonly at: number;
}

async function* contentOf(
  reader: SegmentReader,
  { entry: { size }, listed }: TreeContentsEntry,
  checkHashes: boolean,
): AsyncGenerator<Buffer, void, undefined> {
  const { segment, offset, sha256 = '', path } = listed;
  const pieces = listed.pieces ?? [{ segment, offset, bytes: size, sha256 }];
  for (const [index, piece] of pieces.entries()) {
    const plain = await reader.segment(piece.segment);
    const end = piece.offset + piece.bytes;
    const content = plain.subarray(piece.offset, end);
    if (checkHashes && hash('sha256', content) !== piece.sha256) throw otherContent(JSON.stringify(path));
    if (index === pieces.length - 1) checkTarPadding(plain, end, tarPaddingBytes(size));
    if (piece.bytes > 0) yield content;
  }
}

/**
 * Yields the entries of a component with their content. Checks each entry's header and place in the tar against
 * contents before it is handed out.
 *
 * @throws `not_in_archive`, and what reading contents and segments throws; the signal's reason when aborted.
 */
export async function* extractEntries(
  options: ExtractEntriesOptions,
): AsyncGenerator<ExtractedEntry, void, undefined> {
  const { archive, identity, component, wanted, part, checkHashes = true, signal } = options;
  const reader = new SegmentReader(options);
  const ends: TarEnd[] = [];
  const tiling = new SegmentTiling(archive.segments(component), (segment, at) => ends.push({ segment, at }));
  const entries =
    part === undefined
      ? iterateTree(archive, identity, component, tiling)
      : iteratePart(archive, identity, component, part, tiling);
  for await (const found of entries) {
    signal?.throwIfAborted();
    await reader.checkEnds(ends.splice(0));
    const { listed, entry, span } = found;
    if (wanted !== undefined && !wanted(listed)) continue;
    checkTarHeader(await reader.segment(span.segment), span.startsAt, entry);
    yield { entry: listed, content: contentOf(reader, found, checkHashes) };
  }
  await reader.checkEnds(ends);
}
