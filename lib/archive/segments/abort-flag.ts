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
