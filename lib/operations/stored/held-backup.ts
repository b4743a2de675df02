/** Backups that somebody wants kept, whatever the rules say. */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { homesOf } from '../../model/records/scope.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { ApprovalChoice } from '../approval/proposed.ts';
import { requireApproval } from '../approval/require-approval.ts';
import { commitFresh } from '../task/fresh-commit.ts';
import { changeRecord, getRecord } from '../task/operation-record.ts';

type Kept = Pick<BackupRecord, 'id' | 'hold' | 'lockedUntil'>;

/** @throws `backup_held` when the backup is held, or locked by its place */
export const refuseKept = ({ id, hold, lockedUntil }: Kept, now: Date): void => {
  if (hold !== undefined)
    throw new HoldfastError(
      'backup_held',
      `backup ${id} is held by ${hold.by} since ${hold.at}: ${hold.reason}; to release it: holdfast backup release ${id}`,
      { details: { hold } },
    );
  if (lockedUntil !== undefined && Date.parse(lockedUntil) > now.getTime())
    throw new HoldfastError(
      'backup_held',
      `backup ${id} is locked until ${lockedUntil}: its storage lets nobody delete it before that; try again then`,
      { details: { lockedUntil } },
    );
};

/**
 * Holds a backup: neither retention nor a request deletes it until it is released, and a planned deletion is taken
 * back. Holding it again gives the new reason.
 *
 * @throws `not_found`; `conflict` while it is being deleted or overwritten
 */
export const holdBackup = async (
  host: Host,
  principal: Principal,
  id: string,
  reason: string,
): Promise<BackupRecord> => {
  return commitFresh(host.catalog, async () => {
    // The order matters: a deletion that begins later changes the version that was read first.
    const found = await host.catalog.get('backup', id);
    if (found === undefined) throw new HoldfastError('not_found', `there is no backup with the id "${id}"`);
    if ((await host.catalog.get('deletion', id)) !== undefined)
      throw new HoldfastError(
        'conflict',
        `backup ${id} is being deleted or overwritten: it is too late to hold it; if it is still there in five minutes, try again`,
      );
    const { deleteAfter: _, removal: __, ...record } = found.record;
    const held = { ...record, hold: { reason, by: principal.name, at: timestamp(host.clock) } };
    return { changes: [put('backup', held, found.version)], result: held };
  });
};

/**
 * Releases a backup: retention and requests may delete it again. A backup that is not held stays as it is.
 *
 * @throws `not_found`, and as `requireApproval`
 */
export const releaseBackup = async (
  host: Host,
  principal: Principal,
  id: string,
  choice: ApprovalChoice = {},
): Promise<BackupRecord> => {
  const record = await getRecord(host, 'backup', id);
  if (record.hold === undefined) return record;
  const { at: heldSince } = record.hold;
  const { changes } = await requireApproval(
    host,
    principal,
    {
      facts: { action: 'backup.release', backupId: id, heldSince },
      subject: `backups/${id}`,
      homes: homesOf(record),
    },
    choice,
  );
  return changeRecord(
    host,
    'backup',
    id,
    ({ hold, ...released }) => {
      if (hold !== undefined && hold.at !== heldSince)
        throw new HoldfastError('conflict', `backup ${id} was held again in the meantime; look at it again`);
      return released;
    },
    { alongside: () => [...changes] },
  );
};
