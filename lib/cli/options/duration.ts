import { usageFailure } from '../failure.ts';
import { visible } from '../terminal/visible-text.ts';

const HOUR = 3600;
const units: Readonly<Record<string, number>> = {
  m: 60,
  h: HOUR,
  d: 24 * HOUR,
  w: 7 * 24 * HOUR,
  y: 365 * 24 * HOUR,
};

/** The seconds of `30m`, `12h`, `90d`, `2w` or `1y`. @throws a usage Failure */
export const secondsOf = (text: string, option: string): number => {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([mhdwy])$/.exec(text) ?? [];
  const seconds = units[unit];
  if (count === undefined || seconds === undefined)
    throw usageFailure(`${option}: "${visible(text)}" is not a duration such as 30m, 12h, 90d, 2w or 1y`);
  return Number(count) * seconds;
};
