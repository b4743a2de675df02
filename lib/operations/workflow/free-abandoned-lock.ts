import { HoldfastError } from '../../model/errors.ts';
import type { Operation } from '../../model/records/operation.ts';
import type { Host } from '../../ports/host.ts';
import { endOperation } from './end-operation.ts';

/** A start commits the lock first and the execution just after: for so long a missing execution is no sign of death. */
const START_GRACE_MILLISECONDS = 30_000;

/**
 * Ends the operation that holds the lock if nothing works on it any more: its execution is over, or was never
 * started, or its lease has run out; or the host knows that it is so, and says why in `because`. True when the lock was freed. What a contender, the sweep, and a host's start do.
 */
export const freeAbandonedLock = async (
  host: Host,
  { because }: { because?: string | undefined } = {},
): Promise<boolean> => {
  const { holder, fence } = await host.catalog.lock();
  if (holder === undefined) return false;
  const hold = { operationId: holder.id, fence };
  const reason = because ?? (await whyAbandoned(host, holder));
  if (reason === undefined) return false;
  await host.workflow.stop(holder.id, reason);
  await endOperation(host, hold, {
    state: 'FAILED',
    error: new HoldfastError('interrupted', `interrupted: ${reason}; start it again`),
  });
  return true;
};

const whyAbandoned = async (
  host: Host,
  holder: Operation & { leaseUntil: string },
): Promise<string | undefined> => {
  const now = host.clock.now().getTime();
  const status = await host.workflow.status(holder.id);
  if (status === 'RUNNING')
    return now > Date.parse(holder.leaseUntil) ? 'no sign of life within its lease' : undefined;
  if (status !== undefined) return `its workflow ended as ${status} without a word`;
  return now > Date.parse(holder.startedAt) + START_GRACE_MILLISECONDS
    ? 'its workflow was never started'
    : undefined;
};
