import type { BackupKeyView } from '../../model/records/keys.ts';

/** Whether no key exists outside of this installation: if it is lost, nothing opens its archives. */
export const isAtRisk = (keys: readonly BackupKeyView[]): boolean =>
  keys.length > 0 &&
  keys.every(({ exportedAt, importedFrom }) => exportedAt === undefined && importedFrom === null);
