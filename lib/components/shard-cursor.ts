/** Several tasks write one component: each numbers its segments in a range of its own, and manifests allow the gaps. */
import { type CaptureCursor, startOfCapture } from '../archive/capture/capture-sink.ts';
import { HoldfastError } from '../model/errors.ts';
import type { Shard } from './component-kind.ts';

/** Shards that have many numbers, those of the numbers below; any shard behind them has fewer. */
export const WIDE_SHARDS = 48;
/** Segments and contents members of one of them: at 16 MiB each, 16 TB. */
export const NUMBERS_PER_SHARD = 1_000_000;
/** Of any other: at 32 MiB, as on AWS, 6.7 TB. */
export const NUMBERS_PER_MORE = 200_000;
/** How many others there may be. */
export const MORE_SHARDS = 250;
/** The largest number of eight digits, as the format allows. */
const LAST_NUMBER = 99_999_999;

const numbersBefore = (shard: number): number =>
  Math.min(shard, WIDE_SHARDS) * NUMBERS_PER_SHARD + Math.max(0, shard - WIDE_SHARDS) * NUMBERS_PER_MORE;

/** Where a shard's capture begins or continues. */
export const cursorOfShard = ({ shard }: Shard, cursor: unknown): unknown => {
  if (cursor !== null && cursor !== undefined) return cursor;
  const before = numbersBefore(shard);
  const start: CaptureCursor = {
    ...startOfCapture,
    segments: before,
    contents: before,
    listedSegments: before,
  };
  return start;
};

/**
 * Refuses a member whose number is in the next shard's range: it would replace a member of that shard.
 *
 * @param name of a segment or a contents member
 * @throws `component_failed`
 */
export const refuseBeyondRange = (name: string, shard: Omit<Shard, 'work'>): void => {
  const last = isLastShard(shard) ? LAST_NUMBER : numbersBefore(shard.shard + 1);
  const number = Number(/\/(\d+)\.[^/]*$/.exec(name)?.[1]);
  if (number <= last) return;
  throw new HoldfastError(
    'component_failed',
    `part ${shard.shard + 1} of ${shard.shards} of this component has more segments than an archive can number (${last}): divide it into several components, by prefixes for example, or choose a larger segmentBytes`,
  );
};

/** Only the last shard's tar has an end, so that all shards joined are one tar. */
export const isLastShard = ({ shard, shards }: Omit<Shard, 'work'>): boolean => shard === shards - 1;
