/** In a worker: turns plain bytes that the main thread has put together into a sealed segment, in place. */
import { hash } from 'node:crypto';
import type { SealBytesInput, SealBytesOutput } from './segment-jobs.ts';
import { SegmentSealer } from './segment-sealer.ts';
import { FRAME_PLAIN_BYTES } from './zstd-frames.ts';

export const sealBytes = (input: SealBytesInput): SealBytesOutput => {
  const { buffer, framesAt, plainAt, plainBytes, ranges } = input;
  const plain = Buffer.from(buffer, plainAt, plainBytes);
  // Before sealing: the frames will be written over the plain bytes.
  const sha256s: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i] ?? 0;
    sha256s.push(hash('sha256', plain.subarray(from, from + (ranges[i + 1] ?? 0))));
  }
  const sealer = new SegmentSealer(input);
  let at = 0;
  // Nothing at all is one empty frame: a decoder refuses a file without any.
  do sealer.add(plain.subarray(at, at + FRAME_PLAIN_BYTES));
  while ((at += FRAME_PLAIN_BYTES) < plainBytes);
  return { ...sealer.finish(), sha256s };
};
