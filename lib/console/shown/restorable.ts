import type { BackupView } from '../../model/records/backup.ts';

/**
 * Whether the backup has an archive to restore from: the backup ended well, at least in part, and no other has
 * overwritten it.
 */
export const isRestorable = ({ state, replacedBy }: Pick<BackupView, 'state' | 'replacedBy'>): boolean =>
  (state === 'SUCCESS' || state === 'PARTIAL') && replacedBy === undefined;
