import type { BackupKeyView } from '../../model/records/keys.ts';

/** Whether no key can be had from elsewhere: then nothing opens the archives when this installation is lost. */
export const isAtRisk = (keys: readonly BackupKeyView[]): boolean =>
  keys.length > 0 &&
  keys.every(({ exportedAt, importedFrom }) => exportedAt === undefined && importedFrom === null);
