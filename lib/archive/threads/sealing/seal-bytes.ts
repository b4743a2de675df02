/** In a worker: turns plain bytes that the main thread has put together into a sealed segment, in place. */
import { hash } from 'node:crypto';
import { FRAME_PLAIN_BYTES } from '../../zstd/zstd-frames.ts';
import type { SealBytesInput, SealBytesOutput } from '../segment-jobs.ts';
import { SegmentSealer } from '../segment-sealer.ts';

export const sealBytes = (input: SealBytesInput): SealBytesOutput => {
  const { buffer, plainAt, plainBytes, ranges } = input;
  const plain = Buffer.from(buffer, plainAt, plainBytes);
  // Hashed before sealing: the frames will overwrite the plain bytes.
  const sha256s: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i] ?? 0;
    sha256s.push(hash('sha256', plain.subarray(from, from + (ranges[i + 1] ?? 0))));
  }
  const sealer = new SegmentSealer(input);
  // An empty segment is one empty frame: a decoder refuses a file without frames.
  const frames = Math.max(1, Math.ceil(plainBytes / FRAME_PLAIN_BYTES));
  for (let i = 0; i < frames; i += 1) {
    sealer.add(plain.subarray(i * FRAME_PLAIN_BYTES, (i + 1) * FRAME_PLAIN_BYTES));
  }
  return { ...sealer.finish(), sha256s };
};
