import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { put } from '../../ports/catalog.ts';
import { isAheadOf, timestamp } from '../../ports/clock.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { standingFile } from './archive-owner.ts';
import { archiveObject } from './archive-source.ts';
import { findKeptLog } from './kept-log.ts';
import { hasArchive, haveSameFile } from './ready-backup.ts';

/**
 * Deletes a backup: its archive, its log file, its record. The history of its restores stays; and so does what stands
 * under its names and is another backup's.
 *
 * @throws `not_found`; `operation_running` while an operation works on it, or is about to overwrite its file; `conflict`
 * when its record was changed meanwhile.
 */
export const deleteBackup = async (host: Host, id: string): Promise<void> => {
  const found = await host.catalog.get('backup', id);
  if (found === undefined) throw new HoldfastError('not_found', `there is no backup with the id "${id}"`);
  const { record, version } = found;
  const standing = await standingFile(host, record);
  // The last thing before anything goes: reading the archive took its time.
  await refuseWhileWorkedOn(host, record);
  await noteDeletion(host, id);
  if (record.logFileName !== '') await removeLog(host, record);
  // A damaged archive goes with its record; one of another backup, or exchanged for the own, stays.
  const damaged = standing.whose === 'unknown' && hasArchive(record) && record.replacedBy === undefined;
  if (standing.whose === 'own' || damaged) await host.objects.remove(archiveObject(host, record));
  else if (standing.whose === 'another' && hasArchive(record) && record.replacedBy === undefined)
    host.log.warn(`a backup is deleted without its file: ${standing.refusal.message}`, { backupId: id });
  await host.catalog.commit([
    { remove: 'backup', id, expect: version },
    { remove: 'deletion', id },
  ]);
  host.log.info('backup deleted', { backupId: id });
};

/** A disk on which not even this can be written is helped by the deletion: it goes on. */
const noteDeletion = async (host: Host, backupId: string): Promise<void> => {
  try {
    await host.catalog.commit([put('deletion', { backupId, startedAt: timestamp(host.clock) })]);
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError && thrown.code === 'storage_full')) throw thrown;
  }
};

/** By then whoever deletes has come to an end, or has died. */
const LONGEST_DELETION_MILLISECONDS = 5 * 60_000;

/**
 * Ends deletions that were interrupted: a backup whose archive has gone goes, too; one whose archive is still there stays.
 *
 * @param options.all - Those as well that began just now: nobody works on any. @default false
 */
export const finishDeletions = async (host: Host, { all = false } = {}): Promise<void> => {
  const now = host.clock.now().getTime();
  for await (const { backupId: id, startedAt } of everyRecord(host, 'deletion')) {
    const until = Date.parse(startedAt) + LONGEST_DELETION_MILLISECONDS;
    if (!all && now < until && !isAheadOf(startedAt, now)) continue;
    const found = await host.catalog.get('backup', id);
    const isGone =
      found !== undefined && (await host.objects.stat(archiveObject(host, found.record))) === undefined;
    if (isGone) host.log.info('backup deleted: its deletion had been interrupted', { backupId: id });
    await host.catalog.commit([
      ...(isGone ? [{ remove: 'backup', id, expect: found.version } as const] : []),
      { remove: 'deletion', id },
    ]);
  }
};

const refuseWhileWorkedOn = async (host: Host, record: BackupRecord): Promise<void> => {
  const { holder } = await host.catalog.lock();
  if (holder === undefined) return;
  const worked = (await host.catalog.get('backup', holder.backupId))?.record;
  if (holder.backupId !== record.id && !(worked !== undefined && haveSameFile(worked, record))) return;
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
