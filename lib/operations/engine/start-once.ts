/** Begins an operation once, however often the same request is sent under one Idempotency-Key. */
import type { Principal } from '../../model/access/principal.ts';
import { type OperationKind, type RecordKindOf, recordKindOf } from '../../model/records/operation.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { getRecord } from '../task/operation-record.ts';
import type { OperatingHost, OperationRecord } from './kind-of-operation.ts';
import { earlierStart, type Idempotency, startOperation } from './start-operation.ts';

export interface StartOptions {
  /** The caller's Idempotency-Key. */
  readonly idempotencyKey?: string | undefined;
}

/** An operation that is ready to begin: every check has passed. */
export interface PreparedStart<K extends OperationKind> {
  /** The record's first state. */
  readonly record: OperationRecord<K>;
  /** The backup that is made, restored, verified, imported or sealed anew. */
  readonly backupId: string;
  /** Changes that must be written in the same transaction. */
  readonly beside?: readonly Change[];
}

/**
 * Begins an operation, or finds the one that the same request has begun before under the same key.
 *
 * @param request everything in which two equal requests agree. A key that was used for another request is refused
 * @param prepare checks the request, and makes the record; it is not called for a request that was answered before
 * @throws `idempotency_conflict`, `operation_running`, and what `prepare` throws
 */
export const startOnce = async <K extends OperationKind>(
  host: OperatingHost,
  kind: K,
  { principal, request, idempotencyKey: key }: StartOptions & { principal: Principal; request: unknown },
  prepare: () => Promise<PreparedStart<K>>,
): Promise<OperationRecord<K>> => {
  const recordOf = (id: string) => getRecord<RecordKindOf<K>>(host, recordKindOf(kind), id);
  const idempotency: Idempotency | undefined =
    key === undefined ? undefined : { key, principal: callerOf(principal), request };
  const earlier = await earlierStart(host, idempotency);
  if (earlier !== undefined) return recordOf(earlier);
  const { record, backupId, beside = [] } = await prepare();
  const { id, createdAt: startedAt } = record;
  const started = await startOperation(host, {
    operation: { id, kind, backupId, startedAt },
    changes: [put<RecordKindOf<K>>(recordKindOf(kind), record, 'absent'), ...beside],
    idempotency,
  });
  return started === id ? record : recordOf(started);
};

/** Two tokens may have the same name, so they are known by their id; schedules are known by their name. */
const callerOf = ({ kind, id, name }: Principal): string =>
  kind === 'token' || kind === 'person' ? id : name;
