/** The one way an operation ends: its last state, the lock's release and the event to tell in one transaction. */
import { errorCodeOf, shortErrorOf } from '../../model/errors.ts';
import { isFinal, type Operation, recordKindOf, type State } from '../../model/records/operation.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { isLeftUndone } from './commit-end.ts';
import { forgetTraces } from './forget-traces.ts';
import type { Finish, OperatingHost } from './kind-of-operation.ts';

export interface Ending {
  state: Exclude<State, 'IN_PROGRESS'>;
  /** Why it failed or was cancelled. */
  error?: unknown;
}

/**
 * Ends the operation that holds the lock. One that failed or was cancelled leaves no archive, no staged bytes and no
 * half-restored files behind. May be repeated after a crash at any line: the transaction happens once, and the steps
 * before and after it may happen twice. A record in a final state keeps it.
 *
 * @throws `fence_lost` when the operation no longer holds the lock; then nothing is changed.
 */
export const endOperation = async (host: OperatingHost, hold: Hold, ending: Ending): Promise<void> => {
  const operation = await heldOperation(host, hold);
  const found = await host.catalog.get(recordKindOf(operation.kind), operation.id);
  if (found === undefined) {
    // Nothing should remove the record of a running operation; if something did, the lock must still be freed.
    host.log.error(`${operation.kind} no longer has a record; its lock is released`, {
      operationId: operation.id,
    });
    await host.catalog.commit([], { under: hold, release: true });
    return;
  }
  if (isFinal(found.record.state)) {
    // The operation has ended and was told: only the lock is still to be freed.
    host.log.warn(`${operation.kind} had already ended; its lock is released`, { operationId: operation.id });
    await host.catalog.commit([], { under: hold, release: true });
  } else {
    const finish = finishOf(host, found.record.progress.cancelledBy, ending);
    const { state, shortError } = await host.operations[operation.kind].end(host, hold, operation, finish);
    host.log[isLeftUndone({ state }) ? 'warn' : 'info'](`${operation.kind} ended: ${state}`, {
      operationId: operation.id,
      ...(shortError !== '' && { shortError }),
    });
  }
  await forgetTraces(host, operation.id);
};

/** An operation that somebody cancelled ends as cancelled if its work is undone, whatever ended it. */
const finishOf = (host: Host, cancelledBy: string | null, { state, error }: Ending): Finish => {
  const completedAt = timestamp(host.clock);
  if (isLeftUndone({ state }) && cancelledBy !== null)
    return {
      state: 'CANCELLED',
      shortError: `cancelled by ${cancelledBy}`,
      errorCode: 'cancelled',
      completedAt,
    };
  if (error === undefined) return { state, shortError: '', errorCode: null, completedAt };
  return { state, shortError: shortErrorOf(error), errorCode: errorCodeOf(error), completedAt };
};

const heldOperation = async (host: Host, hold: Hold): Promise<Operation> => {
  // An empty commit under the hold throws `fence_lost` when the hold is no longer valid.
  await host.catalog.commit([], { under: hold });
  const { holder } = await host.catalog.lock();
  if (holder?.id === hold.operationId) return holder;
  return heldOperation(host, hold);
};
