/**
 * Commits to the catalog, on a host that knows of each at once because only this process writes. Both marks are
 * different after a restart, so that a caller with an old mark sees that something may have changed meanwhile.
 */
export interface Changes {
  /** Number of commits so far. */
  readonly position: number;
  /** A text that changes with each commit that a list or screen shows. */
  readonly records: string;
  /** A text that changes with each step of the running operation. */
  readonly progress: string;
  /** Resolves once `position` is greater than this one, or the signal is aborted. Never rejects. */
  after(position: number, signal: AbortSignal): Promise<void>;
}
