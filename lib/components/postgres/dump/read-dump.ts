/** Reads a dump's head from the archive, and the dump with another head in its place. */
import { Readable } from 'node:stream';
import { HoldfastError } from '../../../model/errors.ts';
import { type DumpHead, parseDumpHead, tooLong } from './dump-head.ts';

/** Most bytes of a head, which is read as a whole. */
const MAX_HEAD_BYTES = 64 * 1024 * 1024;

export interface ReadHead {
  readonly head: DumpHead;
  /** Length of the original head. */
  readonly length: number;
}

/** @throws `component_failed` for bytes that are no dump; what reading the archive throws. */
export const readDumpHead = async (dump: Readable): Promise<ReadHead> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let tryAt = 0;
  for await (const chunk of dump) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < tryAt) continue;
    const read = await parseDumpHead(Buffer.concat(chunks));
    // Leaving the loop ends the reading.
    if (read !== undefined) return read;
    if (bytes > MAX_HEAD_BYTES) break;
    // So that a large head is not parsed from its beginning for each chunk.
    tryAt = bytes * 2;
  }
  const read = await parseDumpHead(Buffer.concat(chunks));
  if (read !== undefined) return read;
  if (bytes > MAX_HEAD_BYTES) throw tooLong(`takes more than ${MAX_HEAD_BYTES} bytes`);
  throw new HoldfastError(
    'component_failed',
    'the dump ends within its own table of contents: it is incomplete',
  );
};

/** The dump with `head` in place of its first `length` bytes. Destroying the stream destroys the dump's. */
export const withHead = (
  dump: Readable,
  { head, length, onBytes }: { head: Uint8Array; length: number; onBytes: (bytes: number) => void },
): Readable => {
  const content = async function* (): AsyncGenerator<Uint8Array, void> {
    yield head;
    let before = length;
    for await (const chunk of dump) {
      onBytes(chunk.length);
      const rest = before >= chunk.length ? undefined : chunk.subarray(before);
      before = Math.max(0, before - chunk.length);
      if (rest !== undefined) yield rest;
    }
  };
  return Readable.from(content(), { objectMode: false });
};
