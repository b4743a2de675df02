/**
 * Splits a bucket into key ranges of about equal work, in one pass over its listing. However many keys there are, only
 * some hundred marks are kept: when there are too many, every other one is dropped.
 */
import type { ListedObject } from '../../ports/sources/bucket-store.ts';

export const MAX_SHARDS = 48;
const MAX_MARKS = 1_024;
export const BYTES_PER_SHARD = 16 * 1024 ** 3;
export const KEYS_PER_SHARD = 100_000;
/** The requests for an object take about as long as reading so many bytes. */
const BYTES_PER_KEY = Math.ceil(BYTES_PER_SHARD / KEYS_PER_SHARD);
/** About ten minutes of listing; all keys beyond go to the last shard. */
export const MAX_COUNTED_KEYS = 5_000_000;

export interface KeyShard {
  readonly after?: string;
  readonly through?: string;
}

export interface ShardPlan {
  readonly shards: readonly KeyShard[];
  /** Null when not everything was counted. */
  readonly bytes: number | null;
}

interface Mark {
  readonly through: string;
  readonly weight: number;
}

/** @throws what `objects` throws, and the signal's reason */
export const planShards = async (
  objects: AsyncIterable<Pick<ListedObject, 'key' | 'bytes'>>,
  signal: AbortSignal,
): Promise<ShardPlan> => {
  let marks: Mark[] = [];
  let stride = BYTES_PER_SHARD / 64;
  let [bytes, keys, weight] = [0, 0, 0];
  let counted = true;
  for await (const object of objects) {
    keys += 1;
    bytes += object.bytes;
    weight += object.bytes + BYTES_PER_KEY;
    if (weight >= stride) {
      marks.push({ through: object.key, weight });
      weight = 0;
    }
    if (marks.length === MAX_MARKS) {
      marks = everyOther(marks);
      stride *= 2;
    }
    if (keys % 1_000 === 0) signal.throwIfAborted();
    if (keys === MAX_COUNTED_KEYS) {
      counted = false;
      break;
    }
  }
  return { shards: shardsOf(marks, weight), bytes: counted ? bytes : null };
};

/** Keeps every other mark, with the weight of both. */
const everyOther = (marks: readonly Mark[]): Mark[] =>
  marks.flatMap(({ through, weight }, index) =>
    index % 2 === 1 ? [{ through, weight: weight + (marks[index - 1]?.weight ?? 0) }] : [],
  );

const shardsOf = (marks: readonly Mark[], rest: number): KeyShard[] => {
  const total = marks.reduce((sum, { weight }) => sum + weight, rest);
  const count = Math.min(MAX_SHARDS, Math.max(1, Math.ceil(total / BYTES_PER_SHARD)));
  const cuts: string[] = [];
  let weight = 0;
  for (const mark of marks) {
    weight += mark.weight;
    const full = weight >= (total / count) * (cuts.length + 1);
    if (cuts.length < count - 1 && full) cuts.push(mark.through);
  }
  return [...cuts, undefined].map((through, index) => {
    const after = cuts[index - 1];
    return { ...(after === undefined ? {} : { after }), ...(through === undefined ? {} : { through }) };
  });
};
