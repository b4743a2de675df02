/** Tells threads that work synchronously, and so hear no message, to stop: they look at it between blocks and entries. */

export type AbortFlag = Int32Array<SharedArrayBuffer>;

export const newAbortFlag = (): AbortFlag => new Int32Array(new SharedArrayBuffer(4));

/** May be repeated; there is no way back. */
export const raise = (flag: AbortFlag): void => {
  Atomics.store(flag, 0, 1);
};

/** Ends a job that nobody wants any more. */
export const throwIfRaised = (flag: AbortFlag): void => {
  if (Atomics.load(flag, 0) !== 0) throw new DOMException('the operation was cancelled', 'AbortError');
};

/** A flag that is raised when the signal aborts, or this is disposed of: what was begun for it then is not wanted any more. */
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

/** What a job gives, or throws; what it was cancelled for is the signal's to say. */
export const orReason = async <T>(job: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  try {
    return await job;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};
