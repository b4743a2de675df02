import { describe, expect, test } from '@jest/globals';
import { type KeyShard, planShards } from '../../../lib/components/s3/plan-shards.ts';

const signal = new AbortController().signal;
const keyOf = (n: number): string => String(n).padStart(9, '0');

async function* objects(count: number, bytes: (n: number) => number) {
  for (let n = 0; n < count; n++) yield { key: keyOf(n), bytes: bytes(n) };
}
/** How much of the listing each shard has; keys are numbers, so a range of them is a range of numbers. */
const sharesOf = (shards: readonly KeyShard[], count: number, weight: (n: number) => number): number[] =>
  shards.map(({ after = '-1', through = String(count - 1) }) => {
    let sum = 0;
    for (let n = Number(after) + 1; n <= Number(through); n++) sum += weight(n);
    return sum;
  });

describe('the shards of a bucket', () => {
  test('are one for a small bucket, also for an empty one', async () => {
    expect(
      await planShards(
        objects(0, () => 0),
        signal,
      ),
    ).toEqual({ shards: [{}], bytes: 0 });
    expect(
      await planShards(
        objects(5_000, () => 1_000),
        signal,
      ),
    ).toEqual({ shards: [{}], bytes: 5_000_000 });
  });

  test('of a million keys are ranges of about as many, that together hold every key once', async () => {
    const count = 1_000_000;
    const { shards, bytes } = await planShards(
      objects(count, () => 4_096),
      signal,
    );
    expect(bytes).toBe(count * 4_096);
    expect(shards.length).toBeGreaterThanOrEqual(10);
    expect(shards[0]?.after).toBeUndefined();
    expect(shards.at(-1)?.through).toBeUndefined();
    for (const [n, { through }] of shards.slice(0, -1).entries()) expect(shards[n + 1]?.after).toBe(through);
    const shares = sharesOf(shards, count, () => 1);
    expect(shares.reduce((sum, share) => sum + share)).toBe(count);
    expect(Math.max(...shares)).toBeLessThan((1.2 * count) / shards.length);
    // All of it travels in the state of the workflow.
    expect(JSON.stringify(shards).length).toBeLessThan(10_000);
  });

  test('are cut by bytes where objects are large', async () => {
    const gib = 1024 ** 3;
    const weight = (n: number): number => (n < 100 ? gib : 1_000);
    const { shards } = await planShards(objects(2_000, weight), signal);
    const shares = sharesOf(shards, 2_000, weight);
    expect(shards.length).toBe(7);
    expect(Math.max(...shares)).toBeLessThan(25 * gib);
  });

  test('are never more than forty-eight', async () => {
    const { shards } = await planShards(
      objects(20_000, () => 10 * 1024 ** 3),
      signal,
    );
    expect(shards).toHaveLength(48);
  });
});
