/** The records of operations, whatever their kind: read, changed under the lock, ended. */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { newId } from '../../model/ids.ts';
import {
  isFinal,
  type OperationKind,
  type Progress,
  type RunRecord,
  recordKindOf,
} from '../../model/records/operation.ts';
import { type Change, type CommitOptions, type Hold, put } from '../../ports/catalog/catalog.ts';
import type { RecordKind, Records } from '../../ports/catalog/records.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { commitFresh } from './fresh-commit.ts';
import { leaseFrom } from './lock-lease.ts';

/** @throws `not_found` */
export const getRecord = async <K extends RecordKind>(
  host: Host,
  kind: K,
  id: string,
): Promise<Records[K]> => {
  const found = await host.catalog.get(kind, id);
  if (found === undefined) throw new HoldfastError('not_found', `there is no ${kind} with the id "${id}"`);
  return found.record;
};

/** Whether a run's record says that it has not ended. */
export const isUnended = async (host: Host, { kind, id }: RunRecord): Promise<boolean> => {
  const found = await host.catalog.get(recordKindOf(kind), id);
  return found !== undefined && !isFinal(found.record.state);
};

/**
 * Reads, changes and writes a record; again when another writer was first. `alongside` goes into the same transaction.
 *
 * @throws `not_found`, `fence_lost`
 */
export const changeRecord = async <K extends RecordKind>(
  host: Host,
  kind: K,
  id: string,
  change: (record: Records[K]) => Records[K],
  {
    alongside,
    ...options
  }: CommitOptions & {
    alongside?: (record: Records[K]) => readonly Change[] | Promise<readonly Change[]>;
  } = {},
): Promise<Records[K]> => {
  const make = async () => {
    const found = await host.catalog.get(kind, id);
    if (found === undefined) throw new HoldfastError('not_found', `there is no ${kind} with the id "${id}"`);
    const result = change(found.record);
    return { changes: [put(kind, result, found.version), ...((await alongside?.(result)) ?? [])], result };
  };
  return commitFresh(host.catalog, make, options);
};

/** The first fields of every operation's record: a new id, who asked and when, nothing done yet. */
export const acceptedOperation = (host: Host, principal: Principal, label: string) => {
  const createdAt = timestamp(host.clock);
  const progress: Progress = {
    step: 'accepted',
    sourceBytes: 0,
    entries: 0,
    expectedBytes: null,
    cancelledBy: null,
    updatedAt: createdAt,
  };
  return {
    id: newId(label),
    state: 'IN_PROGRESS' as const,
    shortError: '',
    errorCode: null,
    createdBy: principal.name,
    createdAt,
    completedAt: null,
    progress,
  };
};

/** Whether an operation's work is done and it is about to say so: from then on it cannot be cancelled. */
export const isCompleting = ({ progress }: { progress: Progress }): boolean =>
  progress.step.startsWith('complete-');

/**
 * Writes the step a run has reached, with what else is known of its progress, and prolongs the lease.
 *
 * @throws `fence_lost`; `cancelled` once somebody has asked for its end
 */
export const markStep = async (
  host: Host,
  hold: Hold,
  kind: OperationKind,
  step: string,
  known: Partial<Progress> = {},
): Promise<void> => {
  await changeRecord(
    host,
    recordKindOf(kind),
    hold.operationId,
    (record) => {
      const { cancelledBy } = record.progress;
      if (cancelledBy !== null) throw new HoldfastError('cancelled', `cancelled by ${cancelledBy}`);
      const progress = { ...record.progress, ...known, step, updatedAt: timestamp(host.clock) };
      return { ...record, progress };
    },
    { under: hold, leaseUntil: leaseFrom(host.clock) },
  );
};
