/** Buckets that are captured and restored while any call of S3 fails as S3 documents it, and while they change. */
import type { Campaign } from '../../../campaign/campaign.ts';
import { pool } from '../kind-round-trip.ts';
import { type StubbedBuckets, startStubbedBuckets } from '../stubbed-bucket.ts';
import { BucketRun } from './bucket-run.ts';
import { withoutWaits } from './short-waits.ts';

export const campaign: Campaign = {
  name: 'faulty buckets',
  tries: 'random buckets, captured and restored while any call of S3 fails, and the bucket changes',
  module: import.meta.url,
  casesPerSeed: 10_000,
  casesPerProcess: 250,
  share: 1,
  // A part of 16 MiB is held twice, and the stub is in the same process.
  limits: { megabytes: 600, blockedMs: 1_000, seconds: 60, waitSeconds: 120 },
  prepare: async () => {
    const stubs: StubbedBuckets[] = [];
    for (const most of [1, 3])
      stubs.push(await startStubbedBuckets(undefined, { retryStrategy: withoutWaits(most) }));
    return {
      run: async (random, number) => {
        const run = new BucketRun(random, random.pick(stubs), `${number}`);
        return { bends: run.words, judge: () => run.judge() };
      },
      [Symbol.asyncDispose]: async () => {
        for (const one of stubs) await one.close();
        await pool.close();
      },
    };
  },
};
