/** A deadline for tests that poll; a pause of the whole machine uses up at most one second of it. */
export interface Deadline {
  /** Poll this while the test waits. */
  readonly isOver: boolean;
}

const LONGEST_STEP_MILLISECONDS = 1_000;

export const deadlineIn = (milliseconds: number): Deadline => {
  let [left, last] = [milliseconds, performance.now()];
  return {
    get isOver() {
      const now = performance.now();
      left -= Math.min(now - last, LONGEST_STEP_MILLISECONDS);
      last = now;
      return left < 0;
    },
  };
};
