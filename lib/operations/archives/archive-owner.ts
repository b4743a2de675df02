import { readHeadBackupId } from '../../archive/container/read-head.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';
import { archiveSource } from './archive-source.ts';

/**
 * Whose archive lies under the backup's name: a backup's id by its own first member, or undefined when it tells none.
 *
 * @throws `unavailable` when the store does not answer: then nobody knows, and nothing may be decided.
 */
export const archiveOwner = async (
  host: Host,
  record: Pick<BackupRecord, 'id' | 'fileName' | 'backupPath'>,
): Promise<string | undefined> => {
  try {
    return await readHeadBackupId(await archiveSource(host, record));
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'unavailable') throw thrown;
    host.log.debug('no archive could be opened under the name', {
      fileName: record.fileName,
      reason: String(thrown),
    });
    return undefined;
  }
};
