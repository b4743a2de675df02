/**
 * The time, by the server's clock if the clock of this device is wrong: the age of a backup must not depend on the
 * device. The server tells its time in the `Date` of each answer.
 */

/** A smaller difference is no fault of a clock: an answer takes a moment, and its `Date` has no parts of a second. */
const TOLERATED_MILLISECONDS = 60_000;

let ahead = 0;

/** @param date the `Date` of an answer that has just come; null if a proxy removed it */
export const heardDate = (date: string | null, here = Date.now()): void => {
  const there = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(there)) return;
  ahead = Math.abs(there - here) > TOLERATED_MILLISECONDS ? there - here : 0;
};

export const now = (): number => Date.now() + ahead;

/** By how many milliseconds the clock of this device is behind the server's; 0 if the two agree. */
export const clockFault = (): number => ahead;
