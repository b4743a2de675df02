import { HoldfastError } from '../model/errors.ts';
import type { Operation } from '../model/records.ts';
import type { Host } from '../ports/host.ts';
import { endOperation } from './end-operation.ts';
import type { Principal } from './principal.ts';

/**
 * Ends the running operation: its execution is stopped, what it wrote is removed, the lock is freed. What a restore
 * has already put in place stays.
 *
 * @throws `not_found` when no such operation runs.
 */
export const cancelOperation = async (host: Host, principal: Principal, id: string): Promise<Operation> => {
  const { holder, fence } = await host.catalog.lock();
  if (holder === undefined || holder.id !== id)
    throw new HoldfastError(
      'not_found',
      `there is no running operation with the id "${id}"; "holdfast backup status" shows what runs`,
    );
  const reason = `cancelled by ${principal.name}`;
  await host.workflow.stop(id, reason);
  try {
    await endOperation(
      host,
      { operationId: id, fence },
      { state: 'CANCELLED', error: new HoldfastError('cancelled', reason) },
    );
  } catch (thrown) {
    // It came to its own end while it was being stopped.
    if (!(thrown instanceof HoldfastError && thrown.code === 'fence_lost')) throw thrown;
  }
  const { id: operationId, kind, backupId, startedAt } = holder;
  return { id: operationId, kind, backupId, startedAt };
};
