/**
 * Compresses blocks into zstd frames with one context and straight into the caller's memory.
 *
 * `zstdCompressSync` makes a context and an output buffer anew for every call: for a backup that is as much garbage as
 * there is source. So this uses the binding below a `ZstdCompress` stream, as `zstdCompressSync` itself does, where it is
 * there and proves that it works; where not, it falls back to the public call, which gives the same frames.
 */
import { constants, createZstdCompress, type ZstdCompress, zstdDecompressSync } from 'node:zlib';
import { compressBound, compressFrame } from './zstd-frames.ts';

type WriteSync = (
  flush: number,
  input: Uint8Array,
  inputFrom: number,
  inputBytes: number,
  output: Uint8Array,
  outputFrom: number,
  outputBytes: number,
) => void;

interface Binding {
  readonly writeSync: WriteSync;
  /** Filled by each call: output room and input bytes that are left. */
  readonly state: Uint32Array;
}

const isWriteSync = (value: unknown): value is WriteSync => typeof value === 'function';

const bindingOf = (stream: ZstdCompress): Binding | undefined => {
  const handle: unknown = Reflect.get(stream, '_handle');
  const state: unknown = Reflect.get(stream, '_writeState');
  if (typeof handle !== 'object' || handle === null || !(state instanceof Uint32Array)) return undefined;
  const writeSync: unknown = Reflect.get(handle, 'writeSync');
  return isWriteSync(writeSync) ? { writeSync: writeSync.bind(handle), state } : undefined;
};

export class ZstdCompressor {
  readonly level: number;
  readonly #binding: Binding | undefined;

  constructor(level: number) {
    this.level = level;
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } });
    // What the binding cannot do it reports here; `#write` sees that input is left.
    stream.on('error', () => {});
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

const writeFrame = (
  { writeSync, state }: Binding,
  plain: Uint8Array,
  out: Uint8Array,
  at: number,
): number => {
  const room = out.length - at;
  writeSync(constants.ZSTD_e_end, plain, 0, plain.length, out, at, room);
  const [outputLeft, inputLeft] = state;
  if (outputLeft === undefined || outputLeft === 0 || inputLeft !== 0) {
    throw new Error(`zstd did not take a block of ${plain.length} bytes into ${room}`);
  }
  return room - outputLeft;
};

/** Two frames, to see that the context can be used again. */
const works = (binding: Binding): boolean => {
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
