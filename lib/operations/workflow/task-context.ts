import type { Host } from '../../ports/host.ts';

/** What a step of a workflow is given beside its input. */
export interface TaskContext {
  readonly host: Host;
  /** Raised when the execution is stopped. */
  readonly signal: AbortSignal;
  /** How long the host lets this task run on. */
  remainingMilliseconds(): number;
}

/** A capture or restore stops at its next checkpoint when less than this is left. */
export const CHECKPOINT_RESERVE_MILLISECONDS = 60_000;
