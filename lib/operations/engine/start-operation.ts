/** The one way an operation begins: lock and record in one transaction, then the execution. */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../model/errors.ts';
import type { Operation } from '../../model/records/operation.ts';
import { type Change, type Hold, put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { leaseFrom } from '../task/lock-lease.ts';
import { endOperation } from './end-operation.ts';
import { freeAbandonedLock } from './free-abandoned-lock.ts';
import type { OperatingHost } from './kind-of-operation.ts';

export interface Start {
  operation: Operation;
  /** The record's first state, and what must be written with it. */
  changes: readonly Change[];
  idempotency?: Idempotency | undefined;
}

/** The caller's Idempotency-Key, with its caller and request. */
export interface Idempotency {
  key: string;
  principal: string;
  request: unknown;
}

/**
 * Takes the lock and writes the record, or does neither; then starts the workflow. Returns the operation's id: an
 * earlier one when the same request was made before under its Idempotency-Key.
 *
 * @throws `operation_running` with the running operation in `details.operation`.
 */
export const startOperation = async (host: OperatingHost, start: Start): Promise<string> => {
  let hold: Hold;
  try {
    hold = await begin(host, start);
  } catch (thrown) {
    const earlier = await earlierStart(host, start.idempotency);
    if (earlier !== undefined) return earlier;
    if (!isRunning(thrown) || !(await freeAbandonedLock(host))) throw thrown;
    hold = await begin(host, start);
  }
  try {
    await host.workflow.start(start.operation.kind, { operationId: hold.operationId, fence: hold.fence });
  } catch (thrown) {
    await endOperation(host, hold, { state: 'FAILED', error: thrown });
    throw thrown;
  }
  return hold.operationId;
};

const begin = (host: OperatingHost, { operation, changes, idempotency }: Start): Promise<Hold> => {
  const remembered = idempotency === undefined ? [] : [rememberStart(host, operation.id, idempotency)];
  const taking = { operation, leaseUntil: leaseFrom(host.clock) };
  return host.catalog.take(taking, [put('run', operation, 'absent'), ...changes, ...remembered]);
};

const isRunning = (thrown: unknown): boolean =>
  thrown instanceof HoldfastError && thrown.code === 'operation_running';

/** The request without its passphrase: not even a hash of that is kept. */
const fingerprintOf = ({ principal, request }: Idempotency): string =>
  createHash('sha256')
    .update(JSON.stringify([principal, request], (name, value) => (name === 'passphrase' ? true : value)))
    .digest('hex');

const idempotencyId = ({ key, principal }: Idempotency): string =>
  createHash('sha256')
    .update(JSON.stringify([principal, key]))
    .digest('hex');

/** For the transaction that begins an operation: afterwards the same request under this key finds that operation. */
export const rememberStart = (host: OperatingHost, operationId: string, idempotency: Idempotency): Change =>
  put(
    'idempotency',
    {
      key: idempotencyId(idempotency),
      fingerprint: fingerprintOf(idempotency),
      operationId,
      createdAt: timestamp(host.clock),
    },
    'absent',
  );

/**
 * The operation an earlier request under this key began; undefined for a first one.
 *
 * @throws `idempotency_conflict` when that request was another.
 */
export const earlierStart = async (
  host: OperatingHost,
  idempotency: Idempotency | undefined,
): Promise<string | undefined> => {
  if (idempotency === undefined) return undefined;
  const found = await host.catalog.get('idempotency', idempotencyId(idempotency));
  if (found === undefined) return undefined;
  if (found.record.fingerprint !== fingerprintOf(idempotency))
    throw new HoldfastError(
      'idempotency_conflict',
      'this Idempotency-Key was used for another request; use a new key for a new request',
    );
  return found.record.operationId;
};
