/** Reads back a component of layout `stream`: its segments in order, opened on the pool's threads. */

import { Readable } from 'node:stream';
import { ArchiveError } from '../errors.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import { ownValue } from '../own-value.ts';
import type { OpenedArchive } from '../reader/open.ts';
import { type AbortFlag, abortFlagOf, orReason } from '../threads/abort-flag.ts';
import type { SegmentPool } from '../threads/segment-pool.ts';
import { streamHashes } from './contents/stream-contents.ts';
import { sealedSegment, transferOf } from './sealed-segment.ts';

export interface ExtractStreamOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  /** Whether each piece is checked against the SHA-256 that contents list, as for `extractTar`. @default true */
  readonly checkHashes?: boolean;
  readonly onProgress?: (done: { readonly bytes: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * The plain bytes of a segment, checked as a whole.
 *
 * @throws as the worker's `openSegment`.
 * @param plainSha256 what the plain bytes must have, where that is checked, too.
 */
export const openSegmentOn = async (
  pool: SegmentPool,
  archive: OpenedArchive,
  member: PlacedMember,
  identity: string,
  { plainSha256, abort }: { readonly plainSha256?: string | undefined; readonly abort?: AbortFlag } = {},
): Promise<Buffer> => {
  const segment = await sealedSegment(archive, member, identity);
  const { plain } = await pool.run('open-segment', { segment, plainSha256, abort }, transferOf(segment));
  return Buffer.from(plain.buffer, plain.byteOffset, plain.length);
};

/** Opens the segments of a stream in order, one ahead of the reader. */
async function* openSegments({
  archive,
  component,
  identity,
  pool,
  checkHashes = true,
  signal,
}: ExtractStreamOptions): AsyncGenerator<Buffer, void, undefined> {
  const members = archive.segments(component);
  const hashes = await streamHashes(archive, component, identity, pool);
  using flag = abortFlagOf(signal);
  const open = (member: PlacedMember | undefined): Promise<Buffer> | undefined => {
    if (member === undefined) return undefined;
    const plainSha256 = checkHashes ? hashes.get(member.name) : undefined;
    const plain = openSegmentOn(pool, archive, member, identity, { plainSha256, abort: flag.abort });
    // Marks the rejection as handled: it may come before its turn, when it is awaited.
    plain.catch(() => {});
    return plain;
  };
  let ahead = open(members[0]);
  for (const index of members.keys()) {
    signal?.throwIfAborted();
    const plain = await (ahead && orReason(ahead, signal));
    ahead = open(members[index + 1]);
    if (plain !== undefined) yield plain;
  }
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Returns the stream from its first byte to its last; every byte comes from a segment that was checked as a whole,
 * against contents too. The stream fails with an `ArchiveError` for a faulty archive, and with the signal's reason.
 *
 * @throws `not_in_archive` at once when the component is missing, or is no stream.
 */
export const extractStream = (options: ExtractStreamOptions): Readable => {
  const { archive, component, onProgress } = options;
  // Refuses a component that is missing, or is no stream.
  archive.segments(component);
  if (ownValue(archive.manifest.components, component)?.layout !== 'stream') {
    throw new ArchiveError('not_in_archive', `the component ${component} is a tree of files, not one stream`);
  }
  const chunks = async function* (): AsyncGenerator<Buffer, void, undefined> {
    let bytes = 0;
    for await (const plain of openSegments(options)) {
      for (let at = 0; at < plain.length; at += CHUNK_BYTES) {
        options.signal?.throwIfAborted();
        yield plain.subarray(at, at + CHUNK_BYTES);
      }
      bytes += plain.length;
      onProgress?.({ bytes });
    }
  };
  return Readable.from(chunks(), { objectMode: false, highWaterMark: 4 * CHUNK_BYTES });
};
