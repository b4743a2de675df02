/**
 * Times for `node:fs`, which takes seconds as a double: near today that keeps nanoseconds to within a quarter of a
 * microsecond. The microsecond itself is kept exactly.
 */
const STEP = 2 ** -22;

export const fileTime = (seconds: number, nanoseconds: number): number => {
  if (nanoseconds === 0) return seconds;
  const time = seconds + nanoseconds / 1e9;
  const wanted = Math.floor(nanoseconds / 1000);
  const got = Math.floor((time - seconds) * 1e6);
  if (got < wanted) return time + STEP;
  return got > wanted ? time - STEP : time;
};
