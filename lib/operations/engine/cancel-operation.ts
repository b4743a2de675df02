import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { type Operation, recordKindOf } from '../../model/records/operation.ts';
import { changeRecord, isCompleting } from '../task/operation-record.ts';
import { isFenceLost } from '../task/step-progress.ts';
import { endOperation } from './end-operation.ts';
import { freeAbandonedLock } from './free-abandoned-lock.ts';
import type { OperatingHost } from './kind-of-operation.ts';

/**
 * Ends the running operation: its execution is stopped, what it wrote is removed, the lock is freed. What a restore has
 * already put in place stays. An operation whose work is done ends by itself in a moment, with its real outcome.
 *
 * @throws `not_found` when no such operation runs.
 */
export const cancelOperation = async (
  host: OperatingHost,
  principal: Principal,
  id: string,
): Promise<Operation> => {
  const { holder, fence } = await host.catalog.lock();
  if (holder === undefined || holder.id !== id)
    throw new HoldfastError(
      'not_found',
      `there is no running operation with the id "${id}"; "holdfast backup status" shows what runs`,
    );
  const hold = { operationId: id, fence };
  try {
    // Written first: then the operation ends as cancelled, whether this call or the host's event ends it.
    const { progress } = await changeRecord(
      host,
      recordKindOf(holder.kind),
      id,
      (record) =>
        isCompleting(record)
          ? record
          : { ...record, progress: { ...record.progress, cancelledBy: principal.name } },
      { under: hold },
    );
    if (progress.cancelledBy !== null) {
      await host.workflow.stop(id, `cancelled by ${principal.name}`);
      await endOperation(host, hold, { state: 'CANCELLED' });
    } else await freeAbandonedLock(host);
  } catch (thrown) {
    // The operation ended by itself while it was being stopped.
    if (!isFenceLost(thrown)) throw thrown;
  }
  const { id: operationId, kind, backupId, startedAt } = holder;
  return { id: operationId, kind, backupId, startedAt };
};
