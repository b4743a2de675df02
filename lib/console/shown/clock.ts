/**
 * What time it is, by the server's clock where that of this device is wrong: how old a backup is must not depend on who
 * looks. The server says its time in the `Date` of each answer.
 */

/** An answer takes a while, and its time is of whole seconds: less than this is no fault of a clock. */
const TOLERATED_MILLISECONDS = 60_000;

let ahead = 0;

/** @param date `Date` of an answer that has just come; null where a proxy took it away */
export const heardDate = (date: string | null, here = Date.now()): void => {
  const there = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(there)) return;
  ahead = Math.abs(there - here) > TOLERATED_MILLISECONDS ? there - here : 0;
};

export const now = (): number => Date.now() + ahead;

/** By how many milliseconds the clock of this device is behind that of the server; 0 where the two agree. */
export const clockFault = (): number => ahead;
