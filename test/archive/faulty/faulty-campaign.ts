/** Campaigns of random trees on a failing file system; each case is a process that tries several trees. */
import type { Campaign } from '../../campaign/campaign.ts';
import { runFaulty } from './faulty-program.ts';

const TREES_PER_CASE = 20;

export const faultyCampaign = (program: 'captures' | 'restores', module: string): Campaign => ({
  name: `faulty ${program}`,
  tries: `${TREES_PER_CASE} random trees a case, ${
    program === 'captures'
      ? 'captured while reading fails, names vanish, others take their places, files grow'
      : 'restored over others while the file system fails at any call'
  }`,
  module,
  // One seed is therefore 10,000 trees.
  casesPerSeed: 10_000 / TREES_PER_CASE,
  share: 1,
  // The process that waits for the one that tries the trees.
  limits: { megabytes: 300, blockedMs: 400, seconds: 60, waitSeconds: 600 },
  prepare: async () => ({
    run: async (random) => {
      const first = random.below(1_000_000_000);
      return {
        bends: [`trees ${first} to ${first + TREES_PER_CASE - 1}`],
        judge: async () => {
          const { counts, faults } = await runFaulty(program, first, TREES_PER_CASE);
          // Leaves out how often calls failed and files changed; the figures show how the trees ended.
          const { faults: _faults, changes: _changes, ...tries } = counts;
          return { ended: counts.wrong === 0 ? 'as told' : 'wrong', tries, faults };
        },
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  }),
});
