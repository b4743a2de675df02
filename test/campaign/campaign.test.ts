import { createRequire } from 'node:module';
import { describe, expect, jest, test } from '@jest/globals';
import { campaigns } from './campaigns.ts';
import { campaign as faulty } from './faulty-campaign.ts';
import { type TriedCase, trySeed } from './watched-seed.ts';

jest.setTimeout(300_000);
const seed = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`campaigns: HOLDFAST_SEED=${seed}`);

/** The number of cases to try from each random campaign; `npm run campaign` runs for an hour. */
const SLICE: Readonly<Record<string, number>> = {
  archives: 60,
  'key files': 60,
  uploads: 10,
  databases: 12,
  'faulty buckets': 30,
  'faulty tables': 30,
  flips: 5,
  kills: 3,
  'starved hosts': 3,
};

/**
 * The minimum number of different outcomes, else three. Fifteen of sixteen changed key files give one of two
 * outcomes: read, or damaged.
 */
const WAYS: Readonly<Record<string, number>> = { 'key files': 2 };

/** `test/hostile/corpus.test.ts` tries the whole corpus. */
const sliced = campaigns.filter(({ name }) => SLICE[name] !== undefined);

describe('a slice of each campaign finds nothing', () => {
  test.each(sliced.map((campaign) => [campaign.name, campaign] as const))(
    '%s [B8]',
    async (name, campaign) => {
      const tried: TriedCase[] = [];
      await trySeed(campaign, { seed, count: SLICE[name] ?? 10 }, (one) => tried.push(one));
      expect(tried).toHaveLength(SLICE[name] ?? 10);
      expect(tried.filter(({ faults }) => faults.length > 0)).toEqual([]);
      // The slice must have tried real cases: some accepted, some refused, in several ways.
      const ways = tried.flatMap(({ ended, tries }) => (tries === undefined ? [ended] : Object.keys(tries)));
      // So few cases may all have the same outcome.
      expect(new Set(ways).size).toBeGreaterThanOrEqual(tried.length < 5 ? 1 : (WAYS[name] ?? 3));
    },
  );
});

test('the watch sees a fault, a crash, a hang, a block and a hunger, and goes on behind each', async () => {
  const tried: TriedCase[] = [];
  await trySeed(faulty, { seed: 1 }, (one) => tried.push(one));
  const saw = tried.map(({ number, faults }) => [number, faults.join('; ')] as const);
  expect(saw).toEqual([
    [0, ''],
    [1, 'it said so'],
    [2, expect.stringContaining('the case itself broke: TypeError')],
    [3, expect.stringContaining('the process ended: exit code 7')],
    [4, expect.stringMatching(/^took \d+ s of a processor, and was ended$/)],
    [5, expect.stringMatching(/^did not end in \d+ s$/)],
    [6, expect.stringMatching(/^blocked for \d+ ms$/)],
    [7, expect.stringMatching(/^took \d+ MB$/)],
    [8, expect.stringMatching(/^took \d+ MB, and was ended$/)],
    [9, ''],
  ]);
});

test('campaigns leave the waits of other tests as long as they say: a module of Node is one for all of a process', async () => {
  const { setTimeout: pause } = createRequire(import.meta.url)('node:timers/promises');
  const before = performance.now();
  await pause(300);
  expect(performance.now() - before).toBeGreaterThan(250);
});
