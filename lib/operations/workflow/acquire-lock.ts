import { HoldfastError } from '../../model/errors.ts';
import type { Hold } from '../../ports/catalog.ts';
import { leaseFrom } from './lock-lease.ts';
import { markStep } from './operation-record.ts';
import type { TaskContext } from './task-context.ts';

/**
 * A workflow's own hold on the mutex: re-entrant for the operation that was accepted, refused for any other. So an
 * execution that was started twice, late, or redriven after its lock went elsewhere does nothing.
 *
 * @throws `fence_lost`
 */
export const acquireLock = async ({ host }: TaskContext, hold: Hold): Promise<void> => {
  const { holder, fence } = await host.catalog.lock();
  if (holder === undefined || holder.id !== hold.operationId || fence !== hold.fence)
    throw new HoldfastError(
      'fence_lost',
      `operation ${hold.operationId} no longer holds the lock; its work ends here and changes nothing`,
    );
  await host.catalog.commit([], { under: hold, leaseUntil: leaseFrom(host.clock) });
  await markStep(host, hold, holder.kind, 'acquire-lock');
};
