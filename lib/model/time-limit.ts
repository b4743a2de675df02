/**
 * Time limits that a machine which stands still does not use up: a laptop that slept, a virtual machine that was moved.
 * Its clock goes on meanwhile, so that every ordinary timer is over at once when it wakes, before the answers that have
 * come are read.
 */

const STEPS = 10;
const LONGEST_STEP_MILLISECONDS = 1_000;

/**
 * Calls `act` when this process has run for so long, counted in steps: however long the machine stands still, that counts
 * as one step. It does not keep the process alive.
 *
 * @param milliseconds more than 0
 * @returns what ends the wait; `act` is not called then.
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
        // One that ends in a standstill leaves time to read what has come.
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
 * What the work comes to, or what `late` does when it takes longer; the work goes on then, and nobody hears of its end.
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

/** As `AbortSignal.timeout`, for the time in which this process ran: aborted with a `TimeoutError`. */
export const timeLimit = (milliseconds: number): AbortSignal => {
  const limit = new AbortController();
  afterRunning(milliseconds, () =>
    limit.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
  );
  return limit.signal;
};
