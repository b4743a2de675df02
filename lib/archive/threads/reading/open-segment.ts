/** In a worker: opens a sealed segment. No byte is used before all of them are what the manifest says. */
import { hash } from 'node:crypto';
import { openPayloadInPlace } from '../../age/age-payload.ts';
import { freeBuffer } from '../../age/free-buffer.ts';
import { ArchiveError } from '../../errors.ts';
import { decompressFrames } from '../../zstd/zstd-frames.ts';
import { type AbortFlag, throwIfRaised } from '../abort-flag.ts';
import type { FileRange, SealedSegment } from '../extract-jobs.ts';
import { readFileRange } from './file-range.ts';

/** Time without another segment after which the memory is given back. */
const IDLE_MILLISECONDS = 1_000;

/** Memory that is kept between segments; it never gets smaller than the largest one so far. */
class KeptBuffer {
  #kept = Buffer.alloc(0);

  take(bytes: number): Buffer {
    if (this.#kept.length < bytes) {
      freeBuffer(this.#kept);
      this.#kept = Buffer.allocUnsafeSlow(bytes + (bytes >>> 2));
    }
    return this.#kept.subarray(0, bytes);
  }

  free(): void {
    freeBuffer(this.#kept);
    this.#kept = Buffer.alloc(0);
  }
}
const keptSealed = new KeptBuffer();
const keptPlain = new KeptBuffer();
let idle: NodeJS.Timeout | undefined;
const freeWhenIdle = (): void => {
  clearTimeout(idle);
  idle = setTimeout(() => {
    keptSealed.free();
    keptPlain.free();
  }, IDLE_MILLISECONDS).unref();
};

const readKept = (range: FileRange, look: () => void): Buffer => {
  const sealed = keptSealed.take(range.bytes);
  readFileRange(range, sealed, look);
  return sealed;
};

const sealedBytes = ({ sealed }: SealedSegment, look: () => void): Buffer =>
  sealed instanceof Uint8Array
    ? Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
    : readKept(sealed, look);

/**
 * The plain bytes, valid until the next call or the end of this turn.
 *
 * @throws `archive_damaged`, `archive_cut`, `age_malformed`, `archive_bomb`; errors of the system; `AbortError` soon after
 * the flag was raised.
 */
export const openSegment = (segment: SealedSegment, abort?: AbortFlag): Buffer => {
  const look = (): void => {
    if (abort !== undefined) throwIfRaised(abort);
  };
  look();
  const { name, sha256, plainBytes, payloadKey, prefixBytes } = segment;
  freeWhenIdle();
  const sealed = sealedBytes(segment, look);
  if (hash('sha256', sealed) !== sha256) {
    throw new ArchiveError(
      'archive_damaged',
      `${name} is not what the signed manifest says: it was changed, or the copy is bad; take another copy of the archive`,
    );
  }
  look();
  const opened = openPayloadInPlace(payloadKey, sealed.subarray(prefixBytes));
  const packed = Buffer.from(opened.buffer, opened.byteOffset, opened.length);
  const plain = keptPlain.take(plainBytes);
  const found = decompressFrames(packed, plain, look);
  if (segment.sealed instanceof Uint8Array) freeBuffer(segment.sealed);
  if (found !== plainBytes) {
    throw new ArchiveError(
      'archive_damaged',
      `${name} has ${found} bytes, and the manifest declares ${plainBytes}; do not trust this archive`,
    );
  }
  return plain;
};

/** `what` names a content that differs from contents. */
export const otherContent = (what: string): ArchiveError =>
  new ArchiveError(
    'archive_damaged',
    `the content of ${what} does not have the SHA-256 that contents list; do not trust this archive`,
  );

/** @throws `archive_damaged` unless a segment's plain bytes have the SHA-256 that contents list */
export const checkPlain = (plain: Uint8Array, name: string, sha256: string): void => {
  if (hash('sha256', plain) !== sha256) throw otherContent(name);
};
