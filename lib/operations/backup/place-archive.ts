/**
 * Where a backup's archive is sealed and verified, and how it comes to the name that was asked for. One that may
 * overwrite stands under a name of its own until it is verified: so what it replaces is there until the very moment,
 * whatever happens before.
 */
import { HoldfastError } from '../../model/errors.ts';
import { ARCHIVE_EXTENSION } from '../../model/ids.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { type Change, type Hold, put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { isApprovalWanted } from '../approval/require-approval.ts';
import { isOwnFile, standingFile } from '../stored/archive-owner.ts';
import { archiveObject } from '../stored/archive-source.ts';
import { hasArchive, haveSameFile } from '../stored/backup-readiness.ts';
import { refuseKept } from '../stored/held-backup.ts';
import { commitFresh } from '../task/fresh-commit.ts';
import { isCompleting } from '../task/operation-record.ts';

/** The record with the name its archive is sealed and verified under. */
export const sealedAs = (record: BackupRecord): BackupRecord =>
  record.overwrite ? { ...record, fileName: `${record.id}${ARCHIVE_EXTENSION}` } : record;

const standsAside = (record: BackupRecord): boolean => sealedAs(record).fileName !== record.fileName;

/**
 * Gives a verified archive the name that was asked for. May be repeated after a crash.
 *
 * @throws `backup_held` when the other may not go; `conflict` when somebody changed it meanwhile; `archive_mismatch`, `not_found` when what stands there is no longer what was verified
 */
export const placeArchive = async (host: Host, hold: Hold, record: BackupRecord): Promise<void> => {
  const sealed = archiveObject(host, sealedAs(record));
  // Where the store has to copy, a crash may have come between the copy and the removal.
  if (standsAside(record) && (await hasReplaced(host, record))) return host.objects.remove(sealed);
  await assertStands(host, sealedAs(record));
  if (record.overwrite) await noteReplacement(host, hold, record);
  if (standsAside(record)) await host.objects.replace(record.id, sealed, archiveObject(host, record));
};

const assertStands = async (host: Host, sealed: BackupRecord): Promise<void> => {
  const standing = await standingFile(host, sealed);
  if (standing.whose === 'another') throw standing.refusal;
  if (standing.whose === 'own' && standing.seal !== undefined) return;
  throw new HoldfastError(
    'not_found',
    `the archive of ${sealed.id} was read back and verified, and is no longer whole in ${sealed.backupPath} as "${sealed.fileName}"; start the backup again`,
  );
};

const hasReplaced = async (host: Host, record: BackupRecord): Promise<boolean> =>
  isCompleting(record) && (await isOwnFile(host, record));

/**
 * Removes what a backup that is not to come to anything has written: its staged pieces, and its archive if it was
 * sealed already. True when that is too late: its archive, verified, has taken the place of another one, which nothing
 * brings back; it must count then.
 */
export const discardArchive = async (host: Host, record: BackupRecord): Promise<boolean> => {
  await host.objects.abort(record.id);
  if (standsAside(record)) {
    // First removed, then looked: from here on nothing of it can take a place any more.
    await host.objects.remove(archiveObject(host, sealedAs(record)));
    return hasReplaced(host, record);
  }
  if (await isOwnFile(host, record)) await host.objects.remove(archiveObject(host, record));
  return false;
};

/** So many changes go into the transaction that ends the backup; there are hardly ever more than two. */
const BESIDE = 20;

/**
 * Notes that the archives of others are about to go, and raises the versions of their records: whoever holds one of them at
 * the same moment is in time, and this fails, or is told that it is too late.
 */
const noteReplacement = async (host: Host, hold: Hold, record: BackupRecord): Promise<void> => {
  for await (const other of everyRecord(host, 'backup')) {
    if (!hadItsArchive(other, record)) continue;
    const { id } = other;
    const note = put('deletion', { backupId: id, startedAt: timestamp(host.clock) });
    const changes = async () => {
      const found = await host.catalog.get('backup', id);
      if (found === undefined) return { changes: [], result: undefined };
      refuseKept(found.record, host.clock.now());
      return { changes: [note, put('backup', found.record, found.version)], result: undefined };
    };
    await commitFresh(host.catalog, changes, { under: hold });
  }
};

/** What makes the records of the backups that had their archive under this one's name say that they have none now. */
export const replacedRecords = async (host: Host, hold: Hold, record: BackupRecord): Promise<Change[]> => {
  if (!record.overwrite) return [];
  const changes: Change[] = [];
  for await (const other of everyRecord(host, 'backup')) {
    if (!hadItsArchive(other, record)) continue;
    const found = await host.catalog.get('backup', other.id);
    if (found !== undefined)
      changes.push(put('backup', { ...found.record, replacedBy: record.id }, found.version));
    changes.push({ remove: 'deletion', id: other.id });
  }
  while (changes.length > BESIDE) await host.catalog.commit(changes.splice(0, BESIDE), { under: hold });
  return changes;
};

/**
 * Writing over the archive of a backup deletes that: where deletions want approval, nobody gets around it so.
 *
 * @throws `backup_held` where the archive that would be overwritten is one that somebody holds; `approval_required`
 */
export const refuseKeptFile = async (host: Host, record: BackupRecord): Promise<void> => {
  for await (const other of everyRecord(host, 'backup')) {
    if (!hadItsArchive(other, record)) continue;
    refuseKept(other, host.clock.now());
    if (isApprovalWanted(host, 'backup.delete'))
      throw new HoldfastError(
        'approval_required',
        `this would overwrite the archive of backup ${other.id}, and other people have to approve that a backup is deleted; choose another name of the file, or delete ${other.id} with approval first`,
        { details: { approval: null } },
      );
  }
};

const hadItsArchive = (other: BackupRecord, record: BackupRecord): boolean =>
  other.id !== record.id &&
  haveSameFile(other, record) &&
  hasArchive(other) &&
  other.replacedBy === undefined;
