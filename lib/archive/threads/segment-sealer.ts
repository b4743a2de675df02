/**
 * The last stage of a segment, in a worker: gathers frames in a shared buffer, then seals them in place and hashes
 * them.
 */
import { createHash } from 'node:crypto';
import { AGE_CHUNK_BYTES, AGE_TAG_BYTES, sealPayload } from '../age/age-payload.ts';
import { ZstdCompressor } from '../zstd/zstd-compressor.ts';
import { compressBound, FRAME_PLAIN_BYTES } from '../zstd/zstd-frames.ts';
import { throwIfRaised } from './abort-flag.ts';
import type { SealedMember, SealInput } from './segment-jobs.ts';

/** Kept between segments: contexts and memory are costly to make. */
let keptCompressor: ZstdCompressor | undefined;
const compressorOf = (level: number): ZstdCompressor => {
  if (keptCompressor?.level !== level) keptCompressor = new ZstdCompressor(level);
  return keptCompressor;
};
let keptScratch: Buffer | undefined;
const scratch = (): Buffer => {
  keptScratch ??= Buffer.allocUnsafeSlow(compressBound(FRAME_PLAIN_BYTES));
  return keptScratch;
};

export class SegmentSealer {
  readonly #input: SealInput;
  readonly #buffer: Buffer<SharedArrayBuffer>;
  #end: number;
  #plainBytes = 0;
  readonly #compressor: ZstdCompressor;

  constructor(input: SealInput) {
    this.#input = input;
    this.#compressor = compressorOf(input.level);
    this.#buffer = Buffer.from(input.buffer);
    this.#end = input.framesAt;
  }

  get plainBytes(): number {
    return this.#plainBytes;
  }

  /** Adds a frame of these plain bytes, which may lie in the same buffer after what has been written. */
  add(plain: Uint8Array): void {
    throwIfRaised(this.#input.abort);
    this.#plainBytes += plain.length;
    if (plain.buffer !== this.#input.buffer) {
      this.#end = this.#compressor.compress(plain, this.#buffer, this.#end);
      return;
    }
    // The frame will overwrite these very bytes.
    const frame = scratch();
    this.#end += frame.copy(this.#buffer, this.#end, 0, this.#compressor.compress(plain, frame, 0));
  }

  finish(): SealedMember {
    const { prefix, payloadKey, framesAt } = this.#input;
    const frames = this.#buffer.subarray(framesAt, this.#end);
    const chunks = Math.ceil(frames.length / AGE_CHUNK_BYTES) + 1;
    if (prefix.length + chunks * AGE_TAG_BYTES > framesAt) {
      throw new Error(`an age header of ${prefix.length} bytes leaves no room to encrypt in place`);
    }
    this.#buffer.set(prefix, 0);
    // Sealed in place, chunk by chunk: each is written before the place of the next one.
    const size = sealPayload(payloadKey, frames, this.#buffer, prefix.length);
    const sha256 = createHash('sha256').update(this.#buffer.subarray(0, size)).digest('hex');
    return { size, sha256, plainBytes: this.#plainBytes };
  }
}
