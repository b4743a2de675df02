/**
 * A rate such as `every 6h`. Its times are counted from its schedule's start, or from 1970-01-01T00:00Z, so that a
 * restart does not shift them.
 */

const RATE = /^every ([1-9]\d{0,4})(m|h|d)$/;
const unitMilliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LONGEST_MILLISECONDS = 366 * unitMilliseconds.d;

export const isRate = (text: string): boolean => text.startsWith('every');

/** Why a text is not a valid rate; undefined when it is. */
export const rateFault = (text: string): string | undefined => {
  const milliseconds = read(text);
  if (milliseconds === undefined)
    return `"${text}" is not a rate: write "every", a space, a whole number and m, h or d, such as "every 6h"`;
  return milliseconds > LONGEST_MILLISECONDS ? `"${text}" is longer than 366 days` : undefined;
};

const read = (text: string): number | undefined => {
  const [, number, unit] = RATE.exec(text) ?? [];
  return unit === 'm' || unit === 'h' || unit === 'd' ? Number(number) * unitMilliseconds[unit] : undefined;
};

/** @throws RangeError for a text that is no rate */
export const rateMilliseconds = (text: string): number => {
  const milliseconds = read(text);
  if (milliseconds === undefined) throw new RangeError(`"${text}" is not a rate`);
  return milliseconds;
};
