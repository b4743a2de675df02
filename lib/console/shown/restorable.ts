import type { BackupView } from '../../model/records/backup.ts';

/** Whether the backup has an archive to restore from: it was completed, in part at least, and not overwritten since. */
export const isRestorable = ({ state, replacedBy }: Pick<BackupView, 'state' | 'replacedBy'>): boolean =>
  (state === 'SUCCESS' || state === 'PARTIAL') && replacedBy === undefined;
