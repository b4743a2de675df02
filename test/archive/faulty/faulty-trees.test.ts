/**
 * Captures and restores random trees while any file system call may fail, and captures them while they
 * change: each entry is intact or reported, existing files are not lost, and counts are correct. `npm run
 * campaign` tries more trees.
 */
import { expect, test } from '@jest/globals';
import { testSeed } from '../../random-pieces.ts';
import { runFaulty } from './faulty-program.ts';

test.each([
  ['captures', 'captured', 30],
  ['restores', 'restored', 60],
] as const)(
  'whatever call fails, the outcome of %s is true [B7] [B8]',
  async (program, whole, cases) => {
    const seed = testSeed();
    console.log(`faulty-${program}: SEED=${seed}`);
    const { counts, faults } = await runFaulty(program, seed, cases);
    expect(faults).toEqual([]);
    expect(counts).toMatchObject({ wrong: 0 });
    const { named = 0, failed = 0, [whole]: fine = 0 } = counts;
    expect(fine + named + failed).toBe(cases);
    // The test proves nothing unless some calls fail.
    expect(named).toBeGreaterThan(2);
  },
  180_000,
);
