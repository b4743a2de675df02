import { HoldfastError } from '../../model/errors.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { leaseFrom } from '../task/lock-lease.ts';
import { markStep } from '../task/operation-record.ts';
import type { TaskContext } from '../task/task-context.ts';

/**
 * An execution has the name of its operation. An execution of another name, started by hand with the input of a running
 * operation, must neither work beside the right one nor end it.
 */
export const isForeign = ({ operationId }: Hold, execution: string | undefined): boolean =>
  execution !== undefined && execution !== operationId;

/**
 * A workflow's own hold on the mutex: re-entrant for the operation that was accepted, refused for any other. So an
 * execution that was started twice, late, or redriven after its lock went elsewhere does nothing.
 *
 * @param execution the name of the execution that asks; undefined when it does not say
 * @throws `fence_lost`
 */
export const acquireLock = async ({ host }: TaskContext, hold: Hold, execution?: string): Promise<void> => {
  if (isForeign(hold, execution))
    throw new HoldfastError(
      'fence_lost',
      `the execution ${execution} does not belong to operation ${hold.operationId}; it ends here and changes nothing`,
    );
  const { holder, fence } = await host.catalog.lock();
  if (holder === undefined || holder.id !== hold.operationId || fence !== hold.fence)
    throw new HoldfastError(
      'fence_lost',
      `operation ${hold.operationId} no longer holds the lock; this task ends and changes nothing`,
    );
  await host.catalog.commit([], { under: hold, leaseUntil: leaseFrom(host.clock) });
  await markStep(host, hold, holder.kind, 'acquire-lock');
};
