import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';

/** Whether the backup has ended with an archive. */
export const hasArchive = ({ state }: Pick<BackupRecord, 'state'>): boolean =>
  state === 'SUCCESS' || state === 'PARTIAL';

/** Whether the archives of two backups have the same name in the same place. */
export const haveSameFile = (
  a: Pick<BackupRecord, 'fileName' | 'backupPath'>,
  b: Pick<BackupRecord, 'fileName' | 'backupPath'>,
): boolean => a.fileName === b.fileName && a.backupPath === b.backupPath;

/** @throws `not_ready` unless the backup has an archive that is still its own. */
export const assertReady = (backup: BackupRecord): void => {
  const { id, state, shortError, fileName, backupPath, replacedBy } = backup;
  if (!hasArchive(backup))
    throw new HoldfastError(
      'not_ready',
      `backup ${id} is ${state}${shortError && ` (${shortError})`}; only one that is SUCCESS or PARTIAL has an archive`,
    );
  if (replacedBy !== undefined)
    throw new HoldfastError(
      'not_ready',
      `backup ${id} no longer has an archive: backup ${replacedBy} has overwritten its file "${fileName}" in ${backupPath}, as requested; use that backup, or another one`,
      { details: { replacedBy } },
    );
};
