/**
 * Campaigns against failing stores: each case runs against a stub, with a client that tries each call once or
 * a few times.
 */
import type { Campaign, Judgement } from '../../../campaign/campaign.ts';
import type { Random } from '../../../hostile/fuzz/random.ts';
import { pool } from '../kind-round-trip.ts';
import { withoutWaits, withShortWaits } from './short-waits.ts';

interface Run {
  /** What is unusual about the case. */
  readonly words: readonly string[];
  judge(): Promise<Judgement>;
}

export interface StubCampaign<S> extends Pick<Campaign, 'name' | 'tries' | 'module'> {
  readonly start: (rule: undefined, client: { retryStrategy: ReturnType<typeof withoutWaits> }) => Promise<S>;
  readonly run: (random: Random, stub: S, name: string) => Run;
}

export const stubCampaign = <S extends { close(): Promise<void> }>({
  start,
  run,
  ...about
}: StubCampaign<S>): Campaign => ({
  ...about,
  casesPerSeed: 10_000,
  casesPerProcess: 250,
  share: 1,
  // A part of 16 MiB is in memory twice, and the stub runs in the same process.
  limits: { megabytes: 600, blockedMs: 1_000, seconds: 60, waitSeconds: 120 },
  prepare: async () => {
    const stubs: S[] = [];
    for (const most of [1, 3]) stubs.push(await start(undefined, { retryStrategy: withoutWaits(most) }));
    return {
      run: async (random, number) => {
        const made = run(random, random.pick(stubs), `${number}`);
        return { bends: made.words, judge: () => withShortWaits(() => made.judge()) };
      },
      [Symbol.asyncDispose]: async () => {
        for (const one of stubs) await one.close();
        await pool.close();
      },
    };
  },
});
