/** Compresses blocks into zstd frames, with one context and directly into the caller's memory. */
import { constants, createZstdCompress, zstdDecompressSync } from 'node:zlib';
import { type ZstdBinding, zstdBindingOf } from './zstd-binding.ts';
import { compressBound, compressFrame } from './zstd-frames.ts';

export class ZstdCompressor {
  readonly level: number;
  readonly #binding: ZstdBinding | undefined;

  /** `bindingOf` gives the fast way, or undefined to use the documented one. */
  constructor(level: number, bindingOf: typeof zstdBindingOf = zstdBindingOf) {
    this.level = level;
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } });
    const binding = bindingOf(stream);
    this.#binding = binding !== undefined && works(binding) ? binding : undefined;
  }

  /**
   * Writes one frame of `plain` at `at` of `out`, and returns the place after it. `out` needs `compressBound` bytes
   * there, and must not overlap `plain`.
   */
  compress(plain: Uint8Array, out: Uint8Array, at: number): number {
    if (this.#binding !== undefined) return at + writeFrame(this.#binding, plain, out, at);
    const frame = compressFrame(plain, this.level);
    out.set(frame, at);
    return at + frame.length;
  }
}

const writeFrame = (binding: ZstdBinding, plain: Uint8Array, out: Uint8Array, at: number): number => {
  const result = binding.run(constants.ZSTD_e_end, plain, out, at);
  if (result === undefined || result.inputLeft !== 0 || result.written >= out.length - at) {
    throw new Error(`zstd did not take a block of ${plain.length} bytes into ${out.length - at}`);
  }
  return result.written;
};

/** Tries two frames, to see that the context can be used again. */
const works = (binding: ZstdBinding): boolean => {
  const plain = Buffer.from('holdfast '.repeat(100));
  const out = Buffer.alloc(compressBound(plain.length));
  try {
    return [0, 1].every(() => {
      const bytes = writeFrame(binding, plain, out, 0);
      return zstdDecompressSync(out.subarray(0, bytes)).equals(plain);
    });
  } catch {
    return false;
  }
};
