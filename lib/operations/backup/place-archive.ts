/**
 * Where a backup's archive is sealed and verified, and how it gets the requested name. An archive that may overwrite
 * another has a name of its own until it is verified: so the other one exists until that moment, whatever happens
 * before.
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
import { joinInCalls } from '../stored/join-in-calls.ts';
import { commitFresh } from '../task/fresh-commit.ts';
import { isCompleting } from '../task/operation-record.ts';
import type { TaskContext } from '../task/task-context.ts';

/** The record with the name under which its archive is sealed and verified. */
export const sealedAs = (record: BackupRecord): BackupRecord =>
  record.overwrite ? { ...record, fileName: `${record.id}${ARCHIVE_EXTENSION}` } : record;

const standsAside = (record: BackupRecord): boolean => sealedAs(record).fileName !== record.fileName;

/**
 * Gives a verified archive the requested name. May be repeated after a crash.
 *
 * @throws `backup_held` when the other archive must be kept; `conflict` when its record changed meanwhile;
 * `archive_mismatch`, `not_found` when the file is no longer what was verified
 */
export const placeArchive = async (host: Host, hold: Hold, record: BackupRecord): Promise<void> => {
  await place(host, hold, record, async (from, to) => {
    await host.objects.replace(record.id, from, to);
    return true;
  });
};

/**
 * The same for one that stands aside, within the time of one call and under the completing step. False when there is more
 * to do, in another call.
 */
export const placeInCalls = async (
  context: TaskContext,
  hold: Hold,
  record: BackupRecord,
): Promise<boolean> =>
  !standsAside(record) ||
  place(context.host, hold, record, async (from, to) => {
    const placed = await joinInCalls(context, hold, {
      name: 'placed',
      parts: [{ copy: from, offset: 0, length: record.archiveBytes }],
      join: async (steps) =>
        (await context.host.objects.replaceInSteps(record.id, from, to, steps)) || undefined,
    });
    return placed === true;
  });

const place = async (
  host: Host,
  hold: Hold,
  record: BackupRecord,
  replace: (from: string, to: string) => Promise<boolean>,
): Promise<boolean> => {
  const sealed = archiveObject(host, sealedAs(record));
  // Where the store has to copy, a crash may have come between the copy and the removal.
  if (standsAside(record) && (await hasReplaced(host, record))) {
    await host.objects.remove(sealed);
    return true;
  }
  await assertStands(host, sealedAs(record));
  if (record.overwrite) await noteReplacement(host, hold, record);
  return !standsAside(record) || replace(sealed, archiveObject(host, record));
};

const assertStands = async (host: Host, sealed: BackupRecord): Promise<void> => {
  const standing = await standingFile(host, sealed);
  if (standing.whose === 'another') throw standing.refusal;
  if (standing.whose === 'own' && standing.seal !== undefined) return;
  throw new HoldfastError(
    'not_found',
    `the archive of ${sealed.id} was read back and verified, but "${sealed.fileName}" in ${sealed.backupPath} has changed since; start the backup again`,
  );
};

const hasReplaced = async (host: Host, record: BackupRecord): Promise<boolean> =>
  isCompleting(record) && (await isOwnFile(host, record));

/**
 * Removes what an unfinished backup has written: its staged pieces, and its archive if that was sealed already. True
 * when it is too late: its verified archive has replaced another one, which cannot be restored, so the backup must
 * count.
 */
export const discardArchive = async (host: Host, record: BackupRecord): Promise<boolean> => {
  await host.objects.abort(record.id);
  if (standsAside(record)) {
    // Remove before the check: after the removal, this archive cannot replace another one any more.
    await host.objects.remove(archiveObject(host, sealedAs(record)));
    return hasReplaced(host, record);
  }
  if (await isOwnFile(host, record)) await host.objects.remove(archiveObject(host, record));
  return false;
};

/** Changes that may go into the transaction that ends the backup; there are rarely more than two. */
const BESIDE = 20;

/**
 * Notes that the archives of other backups are about to be replaced, and raises the versions of their records. A hold
 * at the same moment is either in time, and this fails, or is refused as too late.
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

/** Changes for the backups that had their archive under this one's name: their records say that they have none now. */
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
 * To overwrite the archive of a backup is to delete that backup, so it needs approval where deletions do.
 *
 * @throws `backup_held` when somebody holds the archive that would be overwritten; `approval_required`
 */
export const refuseKeptFile = async (host: Host, record: BackupRecord): Promise<void> => {
  for await (const other of everyRecord(host, 'backup')) {
    if (!hadItsArchive(other, record)) continue;
    refuseKept(other, host.clock.now());
    if (isApprovalWanted(host, 'backup.delete'))
      throw new HoldfastError(
        'approval_required',
        `this would overwrite the archive of backup ${other.id}, and other people have to approve that a backup is deleted; choose another file name, or delete ${other.id} with approval first`,
        { details: { approval: null } },
      );
  }
};

const hadItsArchive = (other: BackupRecord, record: BackupRecord): boolean =>
  other.id !== record.id &&
  haveSameFile(other, record) &&
  hasArchive(other) &&
  other.replacedBy === undefined;
