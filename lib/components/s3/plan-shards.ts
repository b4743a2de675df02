/**
 * Splits a bucket into key ranges of about equal work, in one pass over its listing, which may take many calls. However
 * many keys there are, only some hundred marks are kept: when there are too many, every other one is dropped.
 */
import * as z from 'zod';
import type { PlanTask } from '../component-kind.ts';
import { MORE_SHARDS, WIDE_SHARDS } from '../shard-cursor.ts';
import { type KeyShard, type PagesOf, splitRange } from './split-range.ts';

/** Of the keys that are counted. */
export const MAX_SHARDS = WIDE_SHARDS;
/** Of those behind them, about which little is known: many of these may turn out small. */
export const MAX_UNCOUNTED_SHARDS = MORE_SHARDS;
const MAX_MARKS = 1_024;
/** Of all marks together, as JSON: they are kept between two calls, in one record. */
const MAX_MARK_BYTES = 200_000;
export const BYTES_PER_SHARD = 16 * 1024 ** 3;
export const KEYS_PER_SHARD = 100_000;
/** The requests for an object take about as long as reading so many bytes. */
export const BYTES_PER_KEY = Math.ceil(BYTES_PER_SHARD / KEYS_PER_SHARD);
/**
 * Pages of a listing that are counted, a thousand keys or versions each: about ten minutes. What is behind them is cut
 * without being counted.
 */
export const MAX_COUNTED_PAGES = 5_000;

export interface NumberedShard extends KeyShard {
  readonly shard: number;
}

export interface ShardPlan {
  readonly shards: readonly NumberedShard[];
  /** Null when not everything was counted. */
  readonly bytes: number | null;
}

const countSchema = z.strictObject({
  marks: z.array(z.strictObject({ through: z.string(), weight: z.number() })),
  /** About the weight between two marks. */
  stride: z.number(),
  /** Of what comes behind the last mark. */
  weight: z.number(),
  bytes: z.number(),
  pages: z.number(),
  /** The last key that was looked at; null at the beginning. */
  after: z.string().nullable(),
});
/** What is known of the keys so far. */
type Count = z.infer<typeof countSchema>;
type Mark = Count['marks'][number];

const nothing: Count = {
  marks: [],
  stride: BYTES_PER_SHARD / 64,
  weight: 0,
  bytes: 0,
  pages: 0,
  after: null,
};

/**
 * @param pages lists a range
 * @returns how far it is, when its time is over: at least a page further than before
 * @throws what `pages` throws, and the signal's reason
 */
export const planShards = async (
  pages: PagesOf,
  {
    cursor,
    prefix,
    ...time
  }: Pick<PlanTask<unknown>, 'cursor' | 'signal' | 'stopsNext'> & { prefix: string },
): Promise<ShardPlan | { cursor: Count }> => {
  let count = cursor === null ? nothing : countSchema.parse(cursor);
  if (count.pages >= MAX_COUNTED_PAGES && count.after !== null)
    return beyondCount(pages, { ...time, prefix, count, after: count.after });
  for await (const { objects, next } of pages(count.after === null ? {} : { after: count.after })) {
    count = { ...withObjects(count, objects), pages: count.pages + 1 };
    if (next === undefined) return { shards: numbered(shardsOf(count)), bytes: count.bytes };
    count.after = next;
    time.signal.throwIfAborted();
    // What is behind is cut in a call of its own, which has all its time for it.
    if (count.pages >= MAX_COUNTED_PAGES || time.stopsNext()) return { cursor: count };
  }
  throw new Error('a listing has ended without a last page');
};

const beyondCount = async (
  pages: PagesOf,
  { count, ...range }: Omit<Parameters<typeof splitRange>[1], 'parts'> & { count: Count },
): Promise<ShardPlan> => {
  const behind = await splitRange(pages, { ...range, parts: MAX_UNCOUNTED_SHARDS });
  const counted = shardsOf(count).map((shard, index, all) =>
    index === all.length - 1 ? { ...shard, through: range.after } : shard,
  );
  return { shards: [...numbered(counted), ...numbered(behind, MAX_SHARDS)], bytes: null };
};

const numbered = (shards: readonly KeyShard[], first = 0): NumberedShard[] =>
  shards.map((shard, index) => ({ shard: first + index, ...shard }));

interface Counted {
  readonly key: string;
  readonly bytes: number;
}

const withObjects = (before: Count, objects: readonly Counted[]): Count => {
  const count = { ...before, marks: [...before.marks] };
  for (const object of objects) {
    count.bytes += object.bytes;
    count.weight += object.bytes + BYTES_PER_KEY;
    if (count.weight >= count.stride) {
      count.marks.push({ through: object.key, weight: count.weight });
      count.weight = 0;
    }
    if (count.marks.length === MAX_MARKS) thinOut(count);
  }
  while (count.marks.length > 1 && Buffer.byteLength(JSON.stringify(count.marks)) > MAX_MARK_BYTES)
    thinOut(count);
  return count;
};

/** Keeps every other mark, with the weight of both. */
const thinOut = (count: Count): void => {
  const { marks } = count;
  // An odd one at the end is dropped, and what it stands for comes behind the last mark that is left.
  if (marks.length % 2 === 1) count.weight += marks.at(-1)?.weight ?? 0;
  count.marks = marks.flatMap(({ through, weight }, index): Mark[] =>
    index % 2 === 1 ? [{ through, weight: weight + (marks[index - 1]?.weight ?? 0) }] : [],
  );
  count.stride *= 2;
};

const shardsOf = ({ marks, weight: rest }: Count): KeyShard[] => {
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
