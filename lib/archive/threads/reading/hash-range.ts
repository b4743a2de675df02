/** In a worker: the SHA-256 of bytes of a file on this machine, of any length. */
import { createHash } from 'node:crypto';
import { throwIfRaised } from '../abort-flag.ts';
import type { HashRangeInput, HashRangeOutput } from '../extract-jobs.ts';
import { readFileRange } from './file-range.ts';

/** Small enough that the bytes are still in the processor's cache when they are hashed. */
const PIECE_BYTES = 256 * 1024;
const kept = Buffer.allocUnsafeSlow(PIECE_BYTES);

/** @throws as `readFileRange`, and an `AbortError` */
export const hashRange = ({ range, abort }: HashRangeInput): HashRangeOutput => {
  const hash = createHash('sha256');
  readFileRange(range, kept, (piece) => {
    throwIfRaised(abort);
    hash.update(piece);
  });
  return { sha256: hash.digest('hex') };
};
