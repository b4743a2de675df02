import type { Permission } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Operation, OperationKind } from '../../model/records/operation.ts';
import { recordKindOf } from '../../model/records/operation.ts';
import { cancelOperation } from '../engine/cancel-operation.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { permittedRecord } from './permitted.ts';

/** Who may begin an operation may also cancel it. */
export const cancelNeeds: Readonly<Record<OperationKind, Permission>> = {
  backup: 'backup.create',
  restore: 'restore.run',
  verify: 'backup.verify',
  import: 'backup.upload',
  reseal: 'backup.reseal',
};

/**
 * Cancels the running operation for a caller who has the permission.
 *
 * @throws `not_found` when no operation of this id runs, or it belongs to a domain out of the caller's reach;
 * `forbidden`
 */
export const cancelPermitted = async (
  host: OperatingHost,
  principal: Principal,
  id: string,
): Promise<Operation> => {
  const { holder } = await host.catalog.lock();
  if (holder?.id === id) await requireCancel(host, principal, holder);
  return cancelOperation(host, principal, id);
};

const requireCancel = async (
  host: OperatingHost,
  principal: Principal,
  { kind, id }: Operation,
): Promise<void> => {
  try {
    const { record } = await permittedRecord(host, principal, 'installation.read', recordKindOf(kind), id);
    const isPlan = 'dryRun' in record && record.dryRun;
    await permittedRecord(
      host,
      principal,
      isPlan ? 'restore.plan' : cancelNeeds[kind],
      recordKindOf(kind),
      id,
    );
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'not_found')
      throw new HoldfastError(
        'not_found',
        `there is no running operation with the id "${id}"; "holdfast backup status" shows what runs`,
      );
    throw thrown;
  }
};
