import { readHeadBackupId } from '../../archive/container/read-head.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records.ts';
import type { Host } from '../../ports/host.ts';
import { archiveObject, archiveSource } from './archive-source.ts';

/** Removes what a backup that came to nothing has written: its staged pieces, and its archive if it was sealed already. */
export const discardArchive = async (host: Host, backupId: string): Promise<void> => {
  await host.objects.abort(backupId);
  const record = (await host.catalog.get('backup', backupId))?.record;
  if (record === undefined || (await archiveOwner(host, record)) !== record.id) return;
  await host.objects.remove(archiveObject(host, record));
};

/** Whose archive lies under the backup's name: a backup's id by its own first member, or undefined when it tells none. */
export const archiveOwner = async (
  host: Host,
  record: Pick<BackupRecord, 'id' | 'fileName' | 'backupPath'>,
): Promise<string | undefined> => {
  try {
    return await readHeadBackupId(await archiveSource(host, record));
  } catch (thrown) {
    host.log.debug('no archive could be opened under the name', {
      fileName: record.fileName,
      reason: String(thrown),
    });
    return undefined;
  }
};

/**
 * Deletes a backup: its archive, its log file, its record. The history of its restores stays.
 *
 * @throws `not_found`; `operation_running` while an operation works on it.
 */
export const deleteBackup = async (host: Host, id: string): Promise<void> => {
  const found = await host.catalog.get('backup', id);
  if (found === undefined) throw new HoldfastError('not_found', `there is no backup with the id "${id}"`);
  const { holder } = await host.catalog.lock();
  if (holder !== undefined && holder.backupId === id)
    throw new HoldfastError(
      'operation_running',
      `${holder.kind} ${holder.id} works on this backup; wait for its end, or cancel it`,
      { details: { operation: { id: holder.id, kind: holder.kind, startedAt: holder.startedAt } } },
    );
  const { record } = found;
  const owner = await archiveOwner(host, record);
  // A damaged archive goes with its record; one of another backup, written over this name, stays.
  if (owner === undefined || owner === id) await host.objects.remove(archiveObject(host, record));
  if (record.logFileName !== '')
    await host.objects.remove(host.objects.locate(record.logFileName, record.backupPath));
  await host.catalog.commit([{ remove: 'backup', id, expect: 'present' }]);
  host.log.info('backup deleted', { backupId: id });
};
