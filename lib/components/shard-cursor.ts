/** Several tasks write one component: each numbers its segments in a range of its own, and manifests allow the leaps. */
import { type CaptureCursor, startOfCapture } from '../archive/capture/capture.ts';
import type { Shard } from './component-kind.ts';

/** Segments and contents members of one shard: at 16 MiB each, 1.6 TB. */
const NUMBERS_PER_SHARD = 100_000;

/** Where a shard's capture begins, or goes on. */
export const cursorOfShard = ({ shard }: Shard, cursor: unknown): unknown => {
  if (cursor !== null && cursor !== undefined) return cursor;
  const before = shard * NUMBERS_PER_SHARD;
  const start: CaptureCursor = {
    ...startOfCapture,
    segments: before,
    contents: before,
    listedSegments: before,
  };
  return start;
};

/** Only the last shard's tar has an end, so that all of them joined are one. */
export const isLastShard = ({ shard, shards }: Shard): boolean => shard === shards - 1;
