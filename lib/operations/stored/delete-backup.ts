import { isAheadOf } from '../../model/clock-skew.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { type Change, type LockState, put, type Versioned } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { commitFresh } from '../task/fresh-commit.ts';
import { noteLastBackupGone } from '../task/last-backups.ts';
import { standingFile } from './archive-owner.ts';
import { archiveObject } from './archive-source.ts';
import { hasArchive, haveSameFile } from './backup-readiness.ts';
import { refuseKept } from './held-backup.ts';
import { findKeptLog } from './log-file-owner.ts';

interface DeleteOptions {
  readonly first?: readonly Change[];
  readonly alongside?: readonly Change[];
  readonly onlyIf?: (record: BackupRecord) => boolean;
}

/**
 * Deletes a backup: its archive, its log file, its record. The history of its restores stays; so does another backup's
 * file that has one of its names.
 *
 * @param options.first Changes for the transaction that notes that the bytes are about to be removed. @default none
 * @param options.alongside Changes for the transaction that removes the record. @default none
 * @param options.onlyIf Called with the record just before anything is removed; false: nothing is done. @default always
 * true
 * @returns whether it was deleted
 * @throws `not_found`; `backup_held`; `operation_running` while an operation works on it, or is about to overwrite its file; `conflict`
 * when its record was changed meanwhile.
 */
export const deleteBackup = async (host: Host, id: string, options: DeleteOptions = {}): Promise<boolean> => {
  const found = await host.catalog.get('backup', id);
  if (found === undefined) throw new HoldfastError('not_found', `there is no backup with the id "${id}"`);
  const { record, version } = found;
  refuseKept(record, host.clock.now());
  if (options.onlyIf?.(record) === false) return false;
  const standing = await standingFile(host, record);
  // Checked last, just before anything is removed: reading the archive took some time.
  await refuseWhileWorkedOn(host, record);
  const noted = await noteDeletion(host, found, options.first);
  if (record.logFileName !== '') await removeLog(host, record);
  // A damaged archive is removed with its record; an archive of another backup, or one that replaced the own, stays.
  const damaged = standing.whose === 'unknown' && hasArchive(record) && record.replacedBy === undefined;
  if (standing.whose === 'own' || damaged) await host.objects.remove(archiveObject(host, record));
  else if (standing.whose === 'another' && hasArchive(record) && record.replacedBy === undefined)
    host.log.warn(`a backup is deleted without its file: ${standing.refusal.message}`, { backupId: id });
  const changes: readonly Change[] = [
    { remove: 'backup', id, expect: noted ? version + 1 : version },
    { remove: 'deletion', id },
    ...(noted ? [] : (options.first ?? [])),
    ...(options.alongside ?? []),
  ];
  await commitFresh(host.catalog, async () => ({
    changes: [...changes, ...(await noteLastBackupGone(host, record))],
    result: undefined,
  }));
  host.log.info('backup deleted', { backupId: id });
  return true;
};

/**
 * Notes that the bytes are about to be removed, and raises the version of the record, so that a hold at the same moment
 * is either too late or in time. If the disk is too full for even this note, the deletion goes on: it makes room.
 *
 * @returns whether it could be noted
 * @throws `conflict` when the record was changed meanwhile
 */
const noteDeletion = async (
  host: Host,
  { record, version }: Versioned<BackupRecord>,
  first: readonly Change[] = [],
): Promise<boolean> => {
  try {
    const startedAt = timestamp(host.clock);
    await host.catalog.commit([
      put('deletion', { backupId: record.id, startedAt }),
      put('backup', record, version),
      ...first,
    ]);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError && thrown.code === 'storage_full')) throw thrown;
    return false;
  }
};

/** The longest time that a deletion can take: an older one has ended or crashed. */
const LONGEST_DELETION_MILLISECONDS = 5 * 60_000;

/**
 * Ends deletions that were interrupted: a backup whose archive is gone is removed too; one whose archive still exists
 * stays. Backups that the running operation is about to overwrite are left to it.
 *
 * @param options.all Also deletions that began just now: no process works on any. @default false
 */
export const finishDeletions = async (host: Host, { all = false } = {}): Promise<void> => {
  const now = host.clock.now().getTime();
  for await (const { backupId: id, startedAt } of everyRecord(host, 'deletion')) {
    const until = Date.parse(startedAt) + LONGEST_DELETION_MILLISECONDS;
    if (!all && now < until && !isAheadOf(startedAt, now)) continue;
    const found = await host.catalog.get('backup', id);
    if (found !== undefined && (await workerOn(host, found.record)) !== undefined) continue;
    const isGone =
      found !== undefined && (await host.objects.stat(archiveObject(host, found.record))) === undefined;
    if (isGone) host.log.info('backup deleted: its deletion had been interrupted', { backupId: id });
    const gone = isGone ? found : undefined;
    await commitFresh(host.catalog, async () => ({
      changes: [
        ...(gone === undefined
          ? []
          : [
              { remove: 'backup', id, expect: gone.version } as const,
              ...(await noteLastBackupGone(host, gone.record)),
            ]),
        { remove: 'deletion', id },
      ],
      result: undefined,
    }));
  }
};

/** The operation that works on the backup, or on another backup with the same file. */
const workerOn = async (host: Host, record: BackupRecord): Promise<LockState['holder']> => {
  const { holder } = await host.catalog.lock();
  if (holder === undefined || holder.backupId === record.id) return holder;
  const worked = (await host.catalog.get('backup', holder.backupId))?.record;
  return worked !== undefined && haveSameFile(worked, record) ? holder : undefined;
};

const refuseWhileWorkedOn = async (host: Host, record: BackupRecord): Promise<void> => {
  const holder = await workerOn(host, record);
  if (holder === undefined) return;
  throw new HoldfastError(
    'operation_running',
    `${holder.kind} ${holder.id} works on ${holder.backupId === record.id ? 'this backup' : 'the file of this backup'}; wait for its end, or cancel it`,
    { details: { operation: { id: holder.id, kind: holder.kind, startedAt: holder.startedAt } } },
  );
};

const removeLog = async (host: Host, record: BackupRecord): Promise<void> => {
  const kept = await findKeptLog(host, record);
  if (kept === undefined) return;
  if (kept.owner === record.id) await host.objects.remove(kept.key);
  else
    host.log.warn(`the file "${record.logFileName}" is not the log of the deleted backup; it stays`, {
      backupId: record.id,
    });
};
