/** How far clocks may differ before a stored time is known to be wrong. */

/** Most by which clocks of one installation differ, or one is moved when it is corrected, without being noticed. */
const CLOCK_SKEW_MILLISECONDS = 5 * 60_000;

/**
 * Whether a stored instant is later than a right clock could have written it. Then the clock was ahead when it was
 * written, or is behind now; the caller must not wait until real time reaches the instant.
 *
 * @param instant in RFC 3339
 * @param latest the latest right value, in milliseconds since 1970
 */
export const isAheadOf = (instant: string, latest: number): boolean =>
  Date.parse(instant) > latest + CLOCK_SKEW_MILLISECONDS;
