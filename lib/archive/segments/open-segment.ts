/** In a worker: from a sealed segment to its plain bytes. No byte is used before all of them are what the manifest says. */
import { hash } from 'node:crypto';
import { openPayloadInPlace } from '../age/age-payload.ts';
import { freeBuffer } from '../age/free-buffer.ts';
import { ArchiveError } from '../errors.ts';
import { decompressFrames } from '../zstd/zstd-frames.ts';
import type { SealedSegment } from './extract-jobs.ts';

/** Kept between segments, and never smaller than the last one. */
let kept = Buffer.alloc(0);
const plainBuffer = (bytes: number): Buffer => {
  if (kept.length < bytes) kept = Buffer.allocUnsafeSlow(bytes);
  return kept.subarray(0, bytes);
};

/**
 * The plain bytes, valid until the next call. `segment.sealed` is used up.
 * Throws `archive_damaged`, `age_malformed`, `archive_bomb`.
 */
export const openSegment = (segment: SealedSegment): Buffer => {
  const sealed = Buffer.from(segment.sealed.buffer, segment.sealed.byteOffset, segment.sealed.length);
  if (hash('sha256', sealed) !== segment.sha256) {
    throw new ArchiveError(
      'archive_damaged',
      `${segment.name} is not what the signed manifest says: it was changed, or the copy is bad; take another copy of the archive`,
    );
  }
  const opened = openPayloadInPlace(segment.payloadKey, sealed.subarray(segment.prefixBytes));
  const packed = Buffer.from(opened.buffer, opened.byteOffset, opened.length);
  const plain = plainBuffer(segment.plainBytes);
  const found = decompressFrames(packed, plain);
  freeBuffer(sealed);
  if (found !== segment.plainBytes) {
    throw new ArchiveError(
      'archive_damaged',
      `${segment.name} holds ${found} bytes where the manifest declares ${segment.plainBytes}; do not trust this archive`,
    );
  }
  return plain;
};
