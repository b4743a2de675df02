/** Tables that are captured and restored while any call of DynamoDB fails as it documents, and while they change. */
import type { Campaign } from '../../../campaign/campaign.ts';
import { pool } from '../kind-round-trip.ts';
import { type StubbedTables, startStubbedTables } from '../stubbed-table.ts';
import { withoutWaits } from './short-waits.ts';
import { TableRun } from './table-run.ts';

export const campaign: Campaign = {
  name: 'faulty tables',
  tries: 'random tables, captured by scan or export and restored while any call of DynamoDB fails',
  module: import.meta.url,
  casesPerSeed: 10_000,
  casesPerProcess: 250,
  share: 1,
  limits: { megabytes: 600, blockedMs: 1_000, seconds: 60, waitSeconds: 120 },
  prepare: async () => {
    const stubs: StubbedTables[] = [];
    for (const most of [1, 3])
      stubs.push(await startStubbedTables(undefined, { retryStrategy: withoutWaits(most) }));
    return {
      run: async (random, number) => {
        const run = new TableRun(random, random.pick(stubs), `${number}`);
        return { bends: run.words, judge: () => run.judge() };
      },
      [Symbol.asyncDispose]: async () => {
        for (const one of stubs) await one.close();
        await pool.close();
      },
    };
  },
};
