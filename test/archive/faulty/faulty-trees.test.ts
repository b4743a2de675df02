/**
 * Random trees captured and restored while the file system fails at any call, and captured while they change: each entry is
 * as it was, or named; what was there is not lost; what is counted is true. More of them: `npm run campaign`.
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
    // It would be no test if nothing failed.
    expect(named).toBeGreaterThan(2);
  },
  180_000,
);
