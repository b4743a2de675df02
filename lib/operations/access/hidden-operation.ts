/** What a caller may know of the operation that runs. */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { type Operation, operationSchema, recordKindOf } from '../../model/records/operation.ts';
import type { Host } from '../../ports/host.ts';
import { isSeen } from './permitted.ts';

/**
 * Whether a principal may know of an operation. An operation without a record is known to principals of the whole
 * installation only.
 */
export const seesOperation = async (
  host: Host,
  principal: Principal,
  { kind, id }: Pick<Operation, 'kind' | 'id'>,
): Promise<boolean> => {
  const record = (await host.catalog.get(recordKindOf(kind), id))?.record;
  if (record !== undefined) return isSeen(host, principal, record);
  return principal.grants.some(({ domain }) => domain === undefined);
};

const namedSchema = operationSchema.pick({ kind: true, id: true });

/** An error as this caller may read it: a running operation of a domain out of reach is not named. */
export const withoutHiddenOperation = async (
  host: Host,
  principal: Principal,
  thrown: unknown,
): Promise<unknown> => {
  if (!(thrown instanceof HoldfastError) || thrown.code !== 'operation_running') return thrown;
  const { success, data } = namedSchema.safeParse(thrown.details.operation);
  if (!success || (await seesOperation(host, principal, data))) return thrown;
  return new HoldfastError(
    'operation_running',
    'another operation is running, and one runs at a time; try again when it has ended',
  );
};
