/** The last stage of a segment, in a worker: frames gathered in a shared buffer, then sealed in place and hashed. */
import { createHash } from 'node:crypto';
import { AGE_CHUNK_BYTES, AGE_TAG_BYTES, sealPayload } from './age-payload.ts';
import type { SealedMember, SealInput } from './segment-jobs.ts';
import { compressFrame } from './zstd-frames.ts';

export class SegmentSealer {
  readonly #input: SealInput;
  readonly #buffer: Buffer<SharedArrayBuffer>;
  #end: number;
  #plainBytes = 0;

  constructor(input: SealInput) {
    this.#input = input;
    this.#buffer = Buffer.from(input.buffer);
    this.#end = input.framesAt;
  }

  get plainBytes(): number {
    return this.#plainBytes;
  }

  /** Adds a frame of these plain bytes, which may lie in the same buffer beyond what has been written. */
  add(plain: Uint8Array): void {
    throwIfAborted(this.#input.abort);
    this.#end += compressFrame(plain, this.#input.level).copy(this.#buffer, this.#end);
    this.#plainBytes += plain.length;
  }

  finish(): SealedMember {
    const { prefix, payloadKey, framesAt } = this.#input;
    const frames = this.#buffer.subarray(framesAt, this.#end);
    const chunks = Math.ceil(frames.length / AGE_CHUNK_BYTES) + 1;
    if (prefix.length + chunks * AGE_TAG_BYTES > framesAt) {
      throw new Error(`an age prefix of ${prefix.length} bytes leaves no room to seal in place`);
    }
    this.#buffer.set(prefix, 0);
    // In place: chunk by chunk, each written before where the next one lies.
    const size = sealPayload(payloadKey, frames, this.#buffer, prefix.length);
    const sha256 = createHash('sha256').update(this.#buffer.subarray(0, size)).digest('hex');
    return { size, sha256, plainBytes: this.#plainBytes };
  }
}

/** Ends a job that nobody wants any more. */
export const throwIfAborted = (abort: Int32Array): void => {
  if (Atomics.load(abort, 0) !== 0) throw new DOMException('the operation was cancelled', 'AbortError');
};
