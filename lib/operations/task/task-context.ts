import type { Host } from '../../ports/host.ts';

/** What a step of a workflow is given beside its input. */
export interface TaskContext<H extends Host = Host> {
  readonly host: H;
  /** Raised when the execution is stopped. */
  readonly signal: AbortSignal;
  /** How long the host lets this task run on. */
  remainingMilliseconds(): number;
}

const LONGEST_RESERVE_MILLISECONDS = 60_000;
const SHARE_RESERVED = 1 / 4;

/**
 * Watches a task's time from now on. The answer turns true when a capture or restore should stop at its next
 * checkpoint: when less than a minute is left, or than a quarter of what was left at first, where that is less.
 */
export const watchTime = ({
  remainingMilliseconds,
}: Pick<TaskContext, 'remainingMilliseconds'>): (() => boolean) => {
  const reserve = Math.min(LONGEST_RESERVE_MILLISECONDS, remainingMilliseconds() * SHARE_RESERVED);
  return () => remainingMilliseconds() < reserve;
};

/** What of a host the kinds of components work with, whatever they do. */
export const portsOf = ({ secrets, buckets, tables, own }: Host) => ({ secrets, buckets, tables, own });
