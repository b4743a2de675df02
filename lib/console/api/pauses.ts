/** How long the page waits before it asks again. */

const LONGEST_BACK_OFF = 30_000;

/** Milliseconds to wait after so many failures in a row, by the usual pause. */
export const backOff = (failures: number, pause = 1000): number =>
  Math.min(LONGEST_BACK_OFF, pause * 2 ** failures);

/** Spread by a tenth, so that many pages do not ask in the same instant. */
export const uneven = (milliseconds: number): number => milliseconds * (0.9 + Math.random() * 0.2);
