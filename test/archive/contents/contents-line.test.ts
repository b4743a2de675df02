import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mtimeText, parseMtimeText } from '../../../lib/archive/contents/contents-line.ts';

const SEED = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`contents-line: SEED=${SEED}`);

/** The largest number of seconds, before or after 1970, that a Date can hold. */
const MAX_SECONDS = 8_640_000_000_000;

test('times of files are written as dates have them, and read back', () => {
  const seconds = fc.oneof(
    fc.integer({ min: -MAX_SECONDS, max: MAX_SECONDS }),
    fc.integer({ min: 1_700_000_000, max: 1_700_200_000 }),
    fc.constantFrom(-MAX_SECONDS, -86_401, -86_400, -1, 0, 59, 60, 3_599, 3_600, 86_399, 86_400, MAX_SECONDS),
  );
  const nanoseconds = fc.integer({ min: 0, max: 999_999_999 });
  fc.assert(
    fc.property(seconds, nanoseconds, (second, nanosecond) => {
      const text = mtimeText(second, nanosecond);
      const date = new Date(second * 1000).toISOString();
      expect(text).toBe(date.replace('000Z', `${String(nanosecond).padStart(9, '0')}Z`));
      expect(parseMtimeText(text)).toEqual({ seconds: second, nanoseconds: nanosecond });
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test('what is no such time is refused', () => {
  const wrong = [
    '',
    'Z',
    '2026-11-27',
    '2026-11-27T14:37:48Z',
    '2026-11-27T14:37:48.12345678Z',
    '2026-11-27T14:37:48.1234567890Z',
    '2026-11-27T14:37:48.123456789',
    '2026-11-27T24:00:00.000000000Z',
    '2026-11-27T14:60:48.000000000Z',
    '2026-11-27T14:37:60.000000000Z',
    '2026-11-27T1 :37:48.000000000Z',
    '2026-11-27T14-37-48.000000000Z',
    '2026-13-27T14:37:48.000000000Z',
    '2026-11-2714:37:48.000000000Z',
    'x2026-11-27T14:37:48.000000000Z',
  ];
  for (const text of wrong) expect(() => parseMtimeText(text)).toThrow(RangeError);
});
