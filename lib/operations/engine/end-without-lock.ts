/** Ends operations whose records say that they run, although they have lost the lock. For the sweep. */
import { HoldfastError } from '../../model/errors.ts';
import type { RunRecord } from '../../model/records/operation.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { leaseFrom } from '../task/lock-lease.ts';
import { isUnended } from '../task/operation-record.ts';
import { endOperation } from './end-operation.ts';
import type { OperatingHost } from './kind-of-operation.ts';

const REASON = 'it no longer holds the lock, as after a restore of the catalog to an earlier time';

/**
 * Fails operations that lost the lock before their end. Nothing else would end them, since an operation is ended under
 * the lock. So the lock is taken once more; if it is not free, the next sweep does this.
 */
export const endOperationsWithoutLock = async (host: OperatingHost): Promise<void> => {
  for (const run of await Array.fromAsync(everyRecord(host, 'run', {}))) {
    if (!(await hasLostLock(host, run))) continue;
    const hold = await takeAgain(host, run);
    if (hold === undefined) return;
    host.log.warn(`a ${run.kind} is ended: ${REASON}`, { operationId: run.id });
    await host.workflow.stop(run.id, REASON);
    await endOperation(host, hold, {
      state: 'FAILED',
      error: new HoldfastError('interrupted', `interrupted: ${REASON}; start it again`),
    });
  }
};

/** The record is read before and after the lock, because its end and the lock's release are one transaction. */
const hasLostLock = async (host: OperatingHost, run: RunRecord): Promise<boolean> =>
  (await isUnended(host, run)) &&
  (await host.catalog.lock()).holder?.id !== run.id &&
  (await isUnended(host, run));

/** Undefined when another operation holds the lock. */
const takeAgain = async (host: OperatingHost, run: RunRecord): Promise<Hold | undefined> => {
  try {
    return await host.catalog.take({ operation: run, leaseUntil: leaseFrom(host.clock) }, []);
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'operation_running') return undefined;
    throw thrown;
  }
};
