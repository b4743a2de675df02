/**
 * Tells threads to stop that work synchronously and so receive no message: they check the flag between blocks and
 * entries.
 */

export type AbortFlag = Int32Array<SharedArrayBuffer>;

export const newAbortFlag = (): AbortFlag => new Int32Array(new SharedArrayBuffer(4));

/** May be repeated; a raised flag stays raised. */
export const raise = (flag: AbortFlag): void => {
  Atomics.store(flag, 0, 1);
};

/** Ends a job that is not wanted any more. */
export const throwIfRaised = (flag: AbortFlag): void => {
  if (Atomics.load(flag, 0) !== 0) throw new DOMException('the operation was cancelled', 'AbortError');
};

/** A flag that is raised when the signal aborts, or when it is disposed of, so that jobs begun with it stop. */
export const abortFlagOf = (signal: AbortSignal | undefined): Disposable & { readonly abort: AbortFlag } => {
  const abort = newAbortFlag();
  const stop = (): void => raise(abort);
  signal?.addEventListener('abort', stop, { once: true });
  return {
    abort,
    [Symbol.dispose]: () => {
      stop();
      signal?.removeEventListener('abort', stop);
    },
  };
};

/** The job's result, or its error; when the signal has aborted, its reason is thrown instead. */
export const orReason = async <T>(job: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  try {
    return await job;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};
