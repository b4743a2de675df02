import { describe, expect, test } from '@jest/globals';
import {
  MAX_COUNTED_PAGES,
  MAX_SHARDS,
  MAX_UNCOUNTED_SHARDS,
  planShards,
  type ShardPlan,
} from '../../../lib/components/s3/plan-shards.ts';
import type { KeyShard, PagesOf } from '../../../lib/components/s3/split-range.ts';
import { type Listed, pagesOf } from './key-pages.ts';

const keyOf = (n: number): string => String(n).padStart(9, '0');

const listOf = (count: number, bytes: (n: number) => number): Listed[] =>
  Array.from({ length: count }, (_, n) => ({ key: keyOf(n), bytes: bytes(n) }));

const task = { cursor: null, prefix: '', signal: new AbortController().signal, stopsNext: () => false };
const inOneCall = async (objects: readonly Listed[]): Promise<ShardPlan> => {
  const planned = await planShards(pagesOf(objects), task);
  if ('cursor' in planned) throw new Error('it stopped, though nothing said so');
  return planned;
};

/** Each shard's share of the listing; keys are numbers, so a range of keys is a range of numbers. */
const sharesOf = (shards: readonly KeyShard[], count: number, weight: (n: number) => number): number[] =>
  shards.map(({ after = '-1', through = String(count - 1) }) => {
    let sum = 0;
    for (let n = Number(after) + 1; n <= Number(through); n++) sum += weight(n);
    return sum;
  });

const sizesOf = async (pages: PagesOf, shards: readonly KeyShard[]): Promise<number[]> =>
  Promise.all(
    shards.map(async (shard) => {
      let size = 0;
      for await (const { objects } of pages(shard)) size += objects.length;
      return size;
    }),
  );

describe('the shards of a bucket', () => {
  test('are one for a small bucket, also for an empty one', async () => {
    expect(await inOneCall(listOf(0, () => 0))).toEqual({ shards: [{ shard: 0 }], bytes: 0 });
    expect(await inOneCall(listOf(5_000, () => 1_000))).toEqual({ shards: [{ shard: 0 }], bytes: 5_000_000 });
  });

  test('of a million keys are ranges of about as many, that together hold every key once', async () => {
    const count = 1_000_000;
    const { shards, bytes } = await inOneCall(listOf(count, () => 4_096));
    expect(bytes).toBe(count * 4_096);
    expect(shards.length).toBeGreaterThanOrEqual(10);
    expect(shards[0]?.after).toBeUndefined();
    expect(shards.at(-1)?.through).toBeUndefined();
    for (const [n, { through }] of shards.slice(0, -1).entries()) expect(shards[n + 1]?.after).toBe(through);
    const shares = sharesOf(shards, count, () => 1);
    expect(shares.reduce((sum, share) => sum + share)).toBe(count);
    expect(Math.max(...shares)).toBeLessThan((1.2 * count) / shards.length);
    // The workflow's state contains the whole plan.
    expect(JSON.stringify(shards).length).toBeLessThan(10_000);
  });

  test('are cut by bytes where objects are large', async () => {
    const gib = 1024 ** 3;
    const weight = (n: number): number => (n < 100 ? gib : 1_000);
    const { shards } = await inOneCall(listOf(2_000, weight));
    const shares = sharesOf(shards, 2_000, weight);
    expect(shards.length).toBe(7);
    expect(Math.max(...shares)).toBeLessThan(25 * gib);
  });

  test('are never more than forty-eight', async () => {
    const { shards } = await inOneCall(listOf(20_000, () => 10 * 1024 ** 3));
    expect(shards).toHaveLength(48);
  });

  test('are the same when each call looks at one page, and each begins where the last one stopped [B6]', async () => {
    const gib = 1024 ** 3;
    const objects = listOf(5_000, (n) => (n % 50 === 0 ? gib : 1_000));
    const pages = pagesOf(objects, 100);
    let cursor: unknown = null;
    for (let calls = 1; ; calls++) {
      const looked: number[] = [];
      const counted: PagesOf = async function* (range) {
        for await (const page of pages(range)) {
          looked.push(page.objects.length);
          yield page;
        }
      };
      const planned = await planShards(counted, { ...task, cursor, stopsNext: () => true });
      expect(looked).toEqual([100]);
      if (!('cursor' in planned)) {
        expect(calls).toBe(50);
        expect(planned).toEqual(await inOneCall(objects));
        return;
      }
      // The catalog stores the cursor as JSON.
      cursor = JSON.parse(JSON.stringify(planned.cursor));
    }
  });

  test('count pages without an object too, as of a bucket that has old versions alone', async () => {
    let pages = 0;
    const planned = await planShards(async function* () {
      for (;;) {
        pages += 1;
        yield { objects: [], next: 'k' };
      }
    }, task);
    expect(planned).toMatchObject({ cursor: { pages: MAX_COUNTED_PAGES, after: 'k' } });
    expect(pages).toBe(MAX_COUNTED_PAGES);
  });

  test('of keys behind those that are counted are many too, and together hold every key once [B6]', async () => {
    const counted = 5 * MAX_COUNTED_PAGES;
    const count = 200_000;
    const objects = listOf(count, () => 2 * 1024 ** 3);
    const pages = pagesOf(objects, 5);
    const begun = await planShards(pages, task);
    if (!('cursor' in begun)) throw new Error('all was counted');
    const planned = await planShards(pages, { ...task, ...JSON.parse(JSON.stringify(begun)) });
    if ('cursor' in planned) throw new Error('it does not end');
    const { shards, bytes } = planned;
    expect(bytes).toBeNull();
    expect(shards.map(({ shard }) => shard)).toEqual([
      ...Array.from({ length: MAX_SHARDS }, (_, n) => n),
      ...Array.from({ length: MAX_UNCOUNTED_SHARDS }, (_, n) => MAX_SHARDS + n),
    ]);
    for (const [n, { through }] of shards.slice(0, -1).entries()) expect(shards[n + 1]?.after).toBe(through);
    expect([shards[0]?.after, shards.at(-1)?.through]).toEqual([undefined, undefined]);
    expect(shards[MAX_SHARDS]?.after).toBe(keyOf(counted - 1));
    const sizes = await sizesOf(pages, shards);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(count);
    expect(Math.max(...sizes.slice(MAX_SHARDS))).toBeLessThan((8 * (count - counted)) / MAX_UNCOUNTED_SHARDS);
  });

  test('leave a cursor that fits a record of the catalog, however long the keys are', async () => {
    const long = Array.from({ length: 3_000 }, (_, n) => ({
      key: `${keyOf(n)}${'\u0001'.repeat(1_000)}`,
      bytes: 10 * 1024 ** 3,
    }));
    let largest = 0;
    let cursor: unknown = null;
    for (;;) {
      const planned = await planShards(pagesOf(long, 100), { ...task, cursor, stopsNext: () => true });
      if (!('cursor' in planned)) {
        expect(planned.shards.length).toBeGreaterThan(10);
        expect(planned.bytes).toBe(3_000 * 10 * 1024 ** 3);
        break;
      }
      largest = Math.max(largest, JSON.stringify(planned.cursor).length);
      cursor = planned.cursor;
    }
    expect(largest).toBeGreaterThan(100_000);
    expect(largest).toBeLessThan(300_000);
  });
});
