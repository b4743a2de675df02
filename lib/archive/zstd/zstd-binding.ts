/**
 * One zstd context for many calls, which reads and writes the caller's memory.
 *
 * `zstdCompressSync` and its mirror make a new context and output buffer for every call: in a backup, as much garbage
 * as there is source. So this code calls the binding below the streams of `node:zlib`, as those functions do. The
 * binding is not part of Node's documented interface: callers try it first, and keep the public way.
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

/** A sentinel that no byte count can equal: it is still there after a call that failed. */
const UNTOUCHED = 0xffffffff;

export interface ZstdResult {
  readonly written: number;
  readonly inputLeft: number;
}

export class ZstdBinding {
  readonly #writeSync: WriteSync;
  /** Filled by each call: room left in the output, bytes left in the input. */
  readonly #state: Uint32Array;

  constructor(writeSync: WriteSync, state: Uint32Array) {
    this.#writeSync = writeSync;
    this.#state = state;
  }

  /** Undefined when zstd refuses the input; the context must then not be used again. */
  run(flush: number, input: Uint8Array, output: Uint8Array, at: number): ZstdResult | undefined {
    const room = output.length - at;
    this.#state.fill(UNTOUCHED);
    this.#writeSync(flush, input, 0, input.length, output, at, room);
    const [roomLeft = UNTOUCHED, inputLeft = UNTOUCHED] = this.#state;
    return roomLeft === UNTOUCHED ? undefined : { written: room - roomLeft, inputLeft };
  }
}

/** The binding of a stream that is used for nothing else; undefined when this Node has no such binding. */
export const zstdBindingOf = (stream: ZstdCompress | ZstdDecompress): ZstdBinding | undefined => {
  // Ignored here: failures show in the result of the call.
  stream.on('error', () => {});
  const handle: unknown = Reflect.get(stream, '_handle');
  const state: unknown = Reflect.get(stream, '_writeState');
  if (typeof handle !== 'object' || handle === null || !isUint32Array(state)) return undefined;
  const writeSync: unknown = Reflect.get(handle, 'writeSync');
  return isWriteSync(writeSync) ? new ZstdBinding(writeSync.bind(handle), state) : undefined;
};
