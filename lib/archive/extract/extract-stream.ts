/** Reads a component of layout `stream` back: its segments, opened on the pool's threads, in order. */

import { Readable } from 'node:stream';
import type { PlacedMember } from '../container/archive-layout.ts';
import type { OpenedArchive } from '../container/open.ts';
import { ArchiveError } from '../errors.ts';
import { ownValue } from '../own-value.ts';
import type { SegmentPool } from '../segments/segment-pool.ts';
import { sealedSegment, transferOf } from './sealed-segment.ts';

export interface ExtractStreamOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  readonly onProgress?: (done: { readonly bytes: number }) => void;
  readonly signal?: AbortSignal;
}

/** The plain bytes of a segment, checked as a whole. Throws as the worker's `openSegment`. */
export const openSegmentOn = async (
  pool: SegmentPool,
  archive: OpenedArchive,
  member: PlacedMember,
  identity: string,
): Promise<Buffer> => {
  const segment = await sealedSegment(archive, member, identity);
  const { plain } = await pool.run('open-segment', { segment }, transferOf(segment));
  return Buffer.from(plain.buffer, plain.byteOffset, plain.length);
};

/** Opens segments in order, one ahead of the reader. */
export async function* openSegments(
  { archive, identity, pool, signal }: Omit<ExtractStreamOptions, 'component' | 'onProgress'>,
  members: readonly PlacedMember[],
): AsyncGenerator<{ readonly member: PlacedMember; readonly plain: Buffer }, void, undefined> {
  const open = (member: PlacedMember | undefined): Promise<Buffer> | undefined => {
    if (member === undefined) return undefined;
    const plain = openSegmentOn(pool, archive, member, identity);
    // It may fail before its turn comes; it is awaited then.
    plain.catch(() => {});
    return plain;
  };
  let ahead = open(members[0]);
  for (const [index, member] of members.entries()) {
    signal?.throwIfAborted();
    const plain = await ahead;
    ahead = open(members[index + 1]);
    if (plain !== undefined) yield { member, plain };
  }
}

const CHUNK_BYTES = 256 * 1024;

/**
 * The stream, from its first byte to its last; every byte comes from a segment that was checked as a whole.
 * It fails with `ArchiveError` for what is wrong with the archive, and with the signal's reason.
 * Throws `not_in_archive` at once when the component is not there, or is no stream.
 */
export const extractStream = (options: ExtractStreamOptions): Readable => {
  const { archive, component, onProgress } = options;
  const members = archive.segments(component);
  if (ownValue(archive.manifest.components, component)?.layout !== 'stream') {
    throw new ArchiveError('not_in_archive', `the component ${component} is a tree of files, not one stream`);
  }
  const chunks = async function* (): AsyncGenerator<Buffer, void, undefined> {
    let bytes = 0;
    for await (const { plain } of openSegments(options, members)) {
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
