import { isAheadOf } from '../../model/clock-skew.ts';
import type { Clock } from '../../ports/clock.ts';

/**
 * How long the lease lasts. Its end is the last way to free the lock: a crashed host frees it at its next start, a
 * contender or the sweep when the execution is found dead. The lease only has to be longer than the longest silence of
 * a healthy task.
 */
const LEASE_MILLISECONDS = 20 * 60_000;

/** Whether a lease ends later than any lease given by a right clock could. */
export const isLeaseAhead = (leaseUntil: string, clock: Clock): boolean =>
  isAheadOf(leaseUntil, clock.now().getTime() + LEASE_MILLISECONDS);

export const leaseFrom = (clock: Clock): string =>
  new Date(clock.now().getTime() + LEASE_MILLISECONDS).toISOString();
