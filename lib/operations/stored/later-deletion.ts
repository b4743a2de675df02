/** Deletions that can be undone: first a mark with a date; the archive is removed when the date has come. */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { isFinal } from '../../model/records/operation.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { ApprovalChoice } from '../approval/proposed.ts';
import { changeRecord } from '../task/operation-record.ts';
import { requireApprovalOfDeletion } from './approved-deletion.ts';
import { holdBackup, refuseKept } from './held-backup.ts';

const DAY_MILLISECONDS = 24 * 3_600_000;

/** When a backup that is marked now is deleted. */
export const deletionTime = ({ clock, config }: Pick<Host, 'clock' | 'config'>): string =>
  new Date(clock.now().getTime() + config.retention.undoDays * DAY_MILLISECONDS).toISOString();

/**
 * Marks a backup to be deleted after `retention.undoDays`. Marked again, it keeps its date.
 *
 * @throws `not_found`, `backup_held`; `operation_running` for one that is being made
 */
export const deleteLater = async (
  host: Host,
  principal: Principal,
  id: string,
  reason: string,
  choice: ApprovalChoice = {},
): Promise<BackupRecord> => {
  const approved = await requireApprovalOfDeletion(host, principal, id, 'later', choice);
  const deleteAfter = deletionTime(host);
  const sooner = await noteDeletionAt(host, deleteAfter);
  return changeRecord(
    host,
    'backup',
    id,
    (record) => {
      refuseKept(record, host.clock.now());
      if (!isFinal(record.state))
        throw new HoldfastError(
          'operation_running',
          `backup ${id} is still running; wait for its end, or cancel it: holdfast backup cancel ${id}`,
        );
      const removal = { at: timestamp(host.clock), by: principal.name, reason, byRetention: false };
      return { ...record, deleteAfter: record.deleteAfter ?? deleteAfter, removal };
    },
    { alongside: () => [...sooner, ...approved] },
  );
};

/** Tells the sweep of the date: the sweep reads the backups only when its next date has come. */
const noteDeletionAt = async ({ catalog }: Host, at: string): Promise<Change[]> => {
  const state = (await catalog.get('retention', 'state'))?.record;
  // Without this record, the next sweep reads all backups.
  if (state === undefined || (state.nextDeletionAt !== null && state.nextDeletionAt <= at)) return [];
  return [put('retention', { ...state, nextDeletionAt: at })];
};

/**
 * Takes the deletion of a backup back, and holds the backup: else retention, whose rules have not changed, would mark
 * it again.
 *
 * @throws `not_found`; `conflict` when the backup is not marked, or is being deleted
 */
export const undeleteBackup = async (host: Host, principal: Principal, id: string): Promise<BackupRecord> => {
  const found = await host.catalog.get('backup', id);
  if (found === undefined)
    throw new HoldfastError(
      'not_found',
      `there is no backup with the id "${id}"; a backup that was deleted cannot be brought back`,
    );
  const { removal } = found.record;
  if (removal === undefined)
    throw new HoldfastError('conflict', `no deletion of backup ${id} is planned: there is nothing to undo`);
  return holdBackup(host, principal, id, `its deletion by ${removal.by} was undone`);
};
