import { shortened } from '../../archive/shown-text.ts';
import { isAheadOf } from '../../model/clock-skew.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Operation } from '../../model/records/operation.ts';
import { visible } from '../../model/text/visible-text.ts';
import { isLeaseAhead, leaseFrom } from '../task/lock-lease.ts';
import { endOperation } from './end-operation.ts';
import type { OperatingHost } from './kind-of-operation.ts';

/**
 * How long a missing execution is no sign of death: a start commits the lock first, and begins the execution just
 * after.
 */
const START_GRACE_MILLISECONDS = 30_000;

export interface Abandonment {
  /** Why the host knows that nothing works on the holder. */
  readonly because?: string | undefined;
  /** What the workflow engine says of an execution's end, such as the words of the person who stopped it. */
  readonly told?: { readonly operationId: string; readonly cause: string } | undefined;
}

/** Characters of a cause that are shown: a person who stops an execution may write anything. */
const CAUSE_CHARACTERS = 300;

/**
 * Ends the operation that holds the lock if nothing works on it any more: its execution is over or was never started,
 * its lease has run out, or the host knows it and says why in `because`. True when the lock was freed. Called by a
 * contender, by the sweep, and at a host's start.
 */
export const freeAbandonedLock = async (
  host: OperatingHost,
  { because, told }: Abandonment = {},
): Promise<boolean> => {
  const { holder, fence } = await host.catalog.lock();
  if (holder === undefined) return false;
  const hold = { operationId: holder.id, fence };
  const cause = told?.operationId === holder.id ? shortened(told.cause.trim(), CAUSE_CHARACTERS) : '';
  const reason = because ?? (await whyAbandoned(host, holder, { fence, cause }));
  if (reason === undefined) return false;
  await host.workflow.stop(holder.id, reason);
  await endOperation(host, hold, {
    state: 'FAILED',
    error: new HoldfastError('interrupted', `interrupted: ${reason}; start it again`),
  });
  return true;
};

const whyAbandoned = async (
  host: OperatingHost,
  holder: Operation & { leaseUntil: string },
  { fence, cause }: { fence: number; cause: string },
): Promise<string | undefined> => {
  const now = host.clock.now().getTime();
  const status = await host.workflow.status(holder.id);
  if (status === 'RUNNING') {
    if (isLeaseAhead(holder.leaseUntil, host.clock)) await shortenLease(host, holder, fence);
    return now > Date.parse(holder.leaseUntil) ? 'its lease was not renewed in time' : undefined;
  }
  if (status !== undefined)
    return `its workflow ended as ${status} ${cause === '' ? 'without a message' : `(${visible(cause)})`}`;
  // A start in the future was noted by a clock that was ahead: it gets no grace.
  return now > Date.parse(holder.startedAt) + START_GRACE_MILLISECONDS || isAheadOf(holder.startedAt, now)
    ? 'its workflow was never started'
    : undefined;
};

/**
 * Shortens a lease that a clock ahead of the right one has given: it would hold the lock until real time reaches it.
 */
const shortenLease = async (
  host: OperatingHost,
  { id, leaseUntil }: Operation & { leaseUntil: string },
  fence: number,
): Promise<void> => {
  host.log.warn(
    'the lease of the lock ends too far in the future: the clock was ahead then, or is behind now; the lease is shortened to its normal length',
    { operationId: id, leaseUntil },
  );
  await host.catalog.commit([], { under: { operationId: id, fence }, leaseUntil: leaseFrom(host.clock) });
};
