/** How far clocks may be apart before a stored time is known to be wrong. */

/** Clocks of one installation differ by at most so much, and a clock that is corrected moves by no more unnoticed. */
const CLOCK_SKEW_MILLISECONDS = 5 * 60_000;

/**
 * Whether a stored instant is later than any right clock could have written it. Then the clock was ahead when it was
 * written, or is behind now; whoever compares the instant must not wait until real time reaches it.
 *
 * @param instant RFC 3339.
 * @param latest Milliseconds since 1970: the latest that it may be.
 */
export const isAheadOf = (instant: string, latest: number): boolean =>
  Date.parse(instant) > latest + CLOCK_SKEW_MILLISECONDS;
