/**
 * The kinds of operation: a row each, made in the room of the kind. The engine in engine/ knows no kind by name and
 * gets these rows with the host, so that imports go down only. What every floor may know of a kind is in
 * `operationTable` of lib/model/records/operation.ts.
 */
import type { Host } from '../ports/host.ts';
import { backupKind } from './backup/backup-kind.ts';
import type { OperatingHost, OperationKinds } from './engine/kind-of-operation.ts';
import { resealKind } from './reseal/reseal-kind.ts';
import { restoreKind } from './restore/restore-kind.ts';
import { importKind } from './transfer/import-kind.ts';
import { verifyKind } from './verify/verify-kind.ts';

export const operations: OperationKinds = {
  backup: backupKind,
  restore: restoreKind,
  verify: verifyKind,
  import: importKind,
  reseal: resealKind,
};

/** Returns the host itself, which from now on knows all kinds of operation. */
export const withOperations = <H extends Host>(host: H): H & OperatingHost =>
  Object.assign(host, { operations });
