/** Campaigns of random trees below which the file system fails; each case is a process that tries some of them. */
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
  // So one seed is 10,000 trees.
  casesPerSeed: 10_000 / TREES_PER_CASE,
  share: 1,
  // Of the process that waits for the one that tries.
  limits: { megabytes: 300, blockedMs: 400, seconds: 60, waitSeconds: 600 },
  prepare: async () => ({
    run: async (random) => {
      const first = random.below(1_000_000_000);
      return {
        bends: [`trees ${first} to ${first + TREES_PER_CASE - 1}`],
        judge: async () => {
          const { counts, faults } = await runFaulty(program, first, TREES_PER_CASE);
          // Beside how the trees ended stands how often what was made to fail or to change.
          const { faults: _faults, changes: _changes, ...tries } = counts;
          return { ended: counts.wrong === 0 ? 'as told' : 'wrong', tries, faults };
        },
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  }),
});
