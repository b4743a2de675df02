/**
 * Deletions before a backup's time, which other people may have to approve. Retention needs no approval: it has its
 * policy.
 */
import type { Principal } from '../../model/access/principal.ts';
import { homesOf } from '../../model/records/scope.ts';
import type { Change } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import type { ApprovalChoice } from '../approval/proposed.ts';
import { requireApproval } from '../approval/require-approval.ts';
import { hasArchive } from './backup-readiness.ts';
import { deleteBackup } from './delete-backup.ts';
import { refuseKept } from './held-backup.ts';

/**
 * @returns the changes that use the approval up, for the transaction that begins the deletion
 * @throws as `requireApproval`; `backup_held`
 */
export const requireApprovalOfDeletion = async (
  host: Host,
  principal: Principal,
  id: string,
  when: 'now' | 'later',
  choice: ApprovalChoice,
): Promise<readonly Change[]> => {
  const record = (await host.catalog.get('backup', id))?.record;
  // Nothing is lost when the backup does not exist, or has left no archive.
  if (record === undefined || !hasArchive(record) || record.replacedBy !== undefined) return [];
  refuseKept(record, host.clock.now());
  const { changes } = await requireApproval(
    host,
    principal,
    {
      facts: { action: 'backup.delete', backupId: id, sha256: record.sha256, when },
      subject: `backups/${id}`,
      homes: homesOf(record),
    },
    choice,
  );
  return changes;
};

/** Deletes a backup at once, for a caller. @throws as `deleteBackup` and `requireApproval` */
export const deleteNow = async (
  host: Host,
  principal: Principal,
  id: string,
  choice: ApprovalChoice,
): Promise<void> => {
  const first = await requireApprovalOfDeletion(host, principal, id, 'now', choice);
  await deleteBackup(host, id, { first });
};
