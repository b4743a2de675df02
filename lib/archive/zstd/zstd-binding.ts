/**
 * One zstd context, used again and again, from the caller's memory into the caller's memory.
 *
 * `zstdCompressSync` and its mirror make a context and an output buffer anew for every call: for a backup that is as much
 * garbage as there is source. So this goes to the binding below the streams of `node:zlib`, as those functions do
 * themselves. It is not part of Node's documented interface: who uses it tries it first, and keeps the public way.
 */
import { isUint32Array } from 'node:util/types';
import type { ZstdCompress, ZstdDecompress } from 'node:zlib';

type WriteSync = (
  flush: number,
  input: Uint8Array,
  inputFrom: number,
  inputBytes: number,
  output: Uint8Array,
  outputFrom: number,
  outputBytes: number,
) => void;

const isWriteSync = (value: unknown): value is WriteSync => typeof value === 'function';

/** A sentinel that no count of bytes can be: it is still there after a call that failed. */
const UNTOUCHED = 0xffffffff;

export interface ZstdResult {
  readonly written: number;
  readonly inputLeft: number;
}

export class ZstdBinding {
  readonly #writeSync: WriteSync;
  /** Filled by each call: room left in the output, bytes left of the input. */
  readonly #state: Uint32Array;

  constructor(writeSync: WriteSync, state: Uint32Array) {
    this.#writeSync = writeSync;
    this.#state = state;
  }

  /** Undefined when zstd refuses the input; the context is of no use then. */
  run(flush: number, input: Uint8Array, output: Uint8Array, at: number): ZstdResult | undefined {
    const room = output.length - at;
    this.#state.fill(UNTOUCHED);
    this.#writeSync(flush, input, 0, input.length, output, at, room);
    const [roomLeft = UNTOUCHED, inputLeft = UNTOUCHED] = this.#state;
    return roomLeft === UNTOUCHED ? undefined : { written: room - roomLeft, inputLeft };
  }
}

/** The binding of a stream that is used for nothing else; undefined where this Node has none of the kind. */
export const zstdBindingOf = (stream: ZstdCompress | ZstdDecompress): ZstdBinding | undefined => {
  // Failures show in the result of the call.
  stream.on('error', () => {});
  const handle: unknown = Reflect.get(stream, '_handle');
  const state: unknown = Reflect.get(stream, '_writeState');
  if (typeof handle !== 'object' || handle === null || !isUint32Array(state)) return undefined;
  const writeSync: unknown = Reflect.get(handle, 'writeSync');
  return isWriteSync(writeSync) ? new ZstdBinding(writeSync.bind(handle), state) : undefined;
};
