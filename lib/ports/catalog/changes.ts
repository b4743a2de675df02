/**
 * What was committed to the catalog, on a host that hears of it at once: the process that looks is the only one that
 * writes. Both marks are other texts after a restart, so that who kept one sees that something may have happened meanwhile.
 */
export interface Changes {
  /** How many commits were heard of. */
  readonly position: number;
  /** Another text after each change that somebody's list or screen shows. */
  readonly records: string;
  /** Another text after each step of the operation that runs. */
  readonly progress: string;
  /** Resolves once `position` is beyond this one, or the signal is aborted. Never rejects. */
  after(position: number, signal: AbortSignal): Promise<void>;
}
