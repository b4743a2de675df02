/** The pauses of the page before it asks again. */

const LONGEST_BACK_OFF = 30_000;

/** The pause in milliseconds after so many failures in a row; `pause` is the usual one. */
export const backOff = (failures: number, pause = 1000): number =>
  Math.min(LONGEST_BACK_OFF, pause * 2 ** failures);

/** Longer or shorter by up to a tenth, so that many pages do not ask at the same instant. */
export const jittered = (milliseconds: number): number => milliseconds * (0.9 + Math.random() * 0.2);
