/** How long a test waits for something, of which a machine that stands still uses up a second at most. */
export interface Deadline {
  /** To be asked again and again while the test waits. */
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
