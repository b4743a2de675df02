import type { Host } from '../../ports/host.ts';

/** What a step of a workflow gets beside its input. */
export interface TaskContext<H extends Host = Host> {
  readonly host: H;
  /** Raised when the execution is stopped. */
  readonly signal: AbortSignal;
  /** How much longer the host lets this task run. */
  remainingMilliseconds(): number;
}

const LONGEST_RESERVE_MILLISECONDS = 60_000;
const SHARE_RESERVED = 1 / 4;

/**
 * Watches a task's time from now on. The returned function gives true when a capture or restore should stop at its next
 * checkpoint: when less than a minute is left, or less than a quarter of the time that was left at first, if that is
 * shorter.
 */
export const watchTime = ({
  remainingMilliseconds,
}: Pick<TaskContext, 'remainingMilliseconds'>): (() => boolean) => {
  const reserve = Math.min(LONGEST_RESERVE_MILLISECONDS, remainingMilliseconds() * SHARE_RESERVED);
  return () => remainingMilliseconds() < reserve;
};

/** The parts of a host that every kind of component needs. */
export const portsOf = ({ secrets, buckets, tables, own }: Host) => ({ secrets, buckets, tables, own });
