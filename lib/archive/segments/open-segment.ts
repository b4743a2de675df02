/** In a worker: from a sealed segment to its plain bytes. No byte is used before all of them are what the manifest says. */
import { hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { openPayloadInPlace } from '../age/age-payload.ts';
import { freeBuffer } from '../age/free-buffer.ts';
import { ArchiveError } from '../errors.ts';
import { decompressFrames } from '../zstd/zstd-frames.ts';
import type { FileRange, SealedSegment } from './extract-jobs.ts';

/** Memory that is kept between segments: it is never smaller than the largest one yet. */
class KeptBuffer {
  #kept = Buffer.alloc(0);

  take(bytes: number): Buffer {
    if (this.#kept.length < bytes) {
      freeBuffer(this.#kept);
      this.#kept = Buffer.allocUnsafeSlow(bytes + (bytes >>> 2));
    }
    return this.#kept.subarray(0, bytes);
  }
}
const keptSealed = new KeptBuffer();
const keptPlain = new KeptBuffer();

const readRange = ({ path, offset, bytes }: FileRange): Buffer => {
  const sealed = keptSealed.take(bytes);
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let done = 0; done < bytes; ) {
      const read = readSync(descriptor, sealed, done, bytes - done, offset + done);
      if (read === 0)
        throw new ArchiveError('archive_cut', `${path} ends before byte ${offset + bytes}: it was cut`);
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
  return sealed;
};

const sealedBytes = ({ sealed }: SealedSegment): Buffer =>
  sealed instanceof Uint8Array
    ? Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
    : readRange(sealed);

/**
 * The plain bytes, valid until the next call.
 * Throws `archive_damaged`, `archive_cut`, `age_malformed`, `archive_bomb`; errors of the system.
 */
export const openSegment = (segment: SealedSegment): Buffer => {
  const { name, sha256, plainBytes, payloadKey, prefixBytes } = segment;
  const sealed = sealedBytes(segment);
  if (hash('sha256', sealed) !== sha256) {
    throw new ArchiveError(
      'archive_damaged',
      `${name} is not what the signed manifest says: it was changed, or the copy is bad; take another copy of the archive`,
    );
  }
  const opened = openPayloadInPlace(payloadKey, sealed.subarray(prefixBytes));
  const packed = Buffer.from(opened.buffer, opened.byteOffset, opened.length);
  const plain = keptPlain.take(plainBytes);
  const found = decompressFrames(packed, plain);
  if (segment.sealed instanceof Uint8Array) freeBuffer(segment.sealed);
  if (found !== plainBytes) {
    throw new ArchiveError(
      'archive_damaged',
      `${name} holds ${found} bytes where the manifest declares ${plainBytes}; do not trust this archive`,
    );
  }
  return plain;
};
