/**
 * The memory of one segment on its way through a worker, shared between threads so that nothing is copied across.
 *
 * The stages work in place: each writes before the next bytes to be read: `[ room for the age prefix and tags | room
 * for zstd's worst case | plain bytes ]`. Compressed frames are written from `framesAt`, the sealed member from 0.
 * Pages that are never touched cost no memory.
 */
import { AGE_CHUNK_BYTES, AGE_TAG_BYTES } from '../age/age-payload.ts';
import { frameOverheadBytes } from '../zstd/zstd-frames.ts';

/** Room for an age header: X25519 takes 200 bytes, the hybrid post-quantum one 1,700. */
const MAX_PREFIX_BYTES = 16 * 1024;

export interface SegmentBufferLayout {
  readonly framesAt: number;
  readonly plainAt: number;
  readonly totalBytes: number;
}

export const segmentBufferLayout = (segmentBytes: number): SegmentBufferLayout => {
  const framesBytes = segmentBytes + frameOverheadBytes(segmentBytes);
  const chunks = Math.ceil(framesBytes / AGE_CHUNK_BYTES) + 1;
  const framesAt = MAX_PREFIX_BYTES + chunks * AGE_TAG_BYTES;
  const plainAt = framesAt + frameOverheadBytes(segmentBytes);
  return { framesAt, plainAt, totalBytes: plainAt + segmentBytes };
};

export const makeSegmentBuffer = (segmentBytes: number): SharedArrayBuffer =>
  new SharedArrayBuffer(segmentBufferLayout(segmentBytes).totalBytes);
