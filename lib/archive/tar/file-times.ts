/**
 * Times for `node:fs`, which takes seconds as a double: near today that keeps nanoseconds to within a quarter of a
 * microsecond. The microsecond itself is kept exactly, from 1698 to 2242.
 */
const STEP = 2 ** -22;
/** From this second on (in the year 2038) a double is too coarse for that step. */
const COARSE_SECONDS = 2 ** 31;

/**
 * Times before 1970 are text: Node takes a negative number for "now" (Node 24, `toUnixTimestamp`), but a text as it is.
 */
export const fileTime = (seconds: number, nanoseconds: number): number | string => {
  const time = nanoseconds === 0 ? seconds : withFraction(seconds, nanoseconds);
  return time < 0 ? String(time) : time;
};

const withFraction = (seconds: number, nanoseconds: number): number => {
  const microsecond = Math.floor(nanoseconds / 1000);
  if (Math.abs(seconds) >= COARSE_SECONDS) return seconds + (microsecond + 0.5) / 1e6;
  const time = seconds + nanoseconds / 1e9;
  const wanted = seconds * 1e6 + microsecond;
  const got = keptMicroseconds(time);
  if (got < wanted) return time + STEP;
  return got > wanted ? time - STEP : time;
};

/** libuv cuts off fractions of a nanosecond, towards 1970. */
const keptMicroseconds = (time: number): number => {
  const seconds = Math.trunc(time);
  return seconds * 1e6 + Math.floor(Math.trunc((time - seconds) * 1e9) / 1000);
};
