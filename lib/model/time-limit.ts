/**
 * Time limits that do not count time in which the machine stands still: a laptop that sleeps, a virtual machine that is
 * moved. Its clock goes on meanwhile, so every ordinary timer ends at once when it wakes, before answers that have come
 * are read.
 */

const STEPS = 10;
const LONGEST_STEP_MILLISECONDS = 1_000;

/**
 * Calls `act` when this process has run for `milliseconds`, counted in steps: a standstill of any length counts as one
 * step. Does not keep the process alive.
 *
 * @param milliseconds more than 0
 * @returns a function that ends the wait; `act` is then not called.
 */
export const afterRunning = (milliseconds: number, act: () => void): (() => void) => {
  const step = Math.min(LONGEST_STEP_MILLISECONDS, milliseconds / STEPS);
  let left = milliseconds;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const since = performance.now();
    timer = setTimeout(
      () => {
        left -= step;
        // A last step that was a standstill is followed by another one, so that answers that have come can be read.
        if (left <= 0 && performance.now() - since > 2 * step + LONGEST_STEP_MILLISECONDS) left = step;
        if (left > 0) wait();
        else act();
      },
      Math.min(step, left),
    ).unref();
  };
  wait();
  return () => clearTimeout(timer);
};

/**
 * The result of the work, or of `late` when the work takes longer; the work then goes on, and its result is dropped.
 *
 * @throws what the work throws in time, and what `late` throws
 */
export const within = async <T, L>(work: Promise<T>, milliseconds: number, late: () => L): Promise<T | L> => {
  const { promise: limit, resolve } = Promise.withResolvers<undefined>();
  const stop = afterRunning(milliseconds, () => resolve(undefined));
  try {
    return await Promise.race([work, limit.then(late)]);
  } finally {
    stop();
  }
};

/** Like `AbortSignal.timeout`, but counts only time in which this process ran: aborts with a `TimeoutError`. */
export const timeLimit = (milliseconds: number): AbortSignal => {
  const limit = new AbortController();
  afterRunning(milliseconds, () =>
    limit.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
  );
  return limit.signal;
};
