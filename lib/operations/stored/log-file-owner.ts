import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';
import { LOG_HEADER_BYTES, logOwnerOf } from '../task/run-log.ts';
import { haveSameFile } from './backup-readiness.ts';

/** What stands under the name of a backup's log file. */
export interface KeptLog {
  readonly key: string;
  readonly bytes: number;
  /** The backup whose log it is, by its first line; undefined when it is no log of ours, an archive for one. */
  readonly owner: string | undefined;
}

/** Undefined when nothing stands there. */
export const findKeptLog = async (
  host: Host,
  { logFileName, backupPath }: Pick<BackupRecord, 'logFileName' | 'backupPath'>,
): Promise<KeptLog | undefined> => {
  const key = host.objects.locate(logFileName, backupPath);
  const found = await host.objects.stat(key);
  if (found === undefined) return undefined;
  const head = await host.objects.read(key, 0, Math.min(found.bytes, LOG_HEADER_BYTES));
  return { key, bytes: found.bytes, owner: logOwnerOf(Buffer.from(head).toString()) };
};

/**
 * Whether a backup may write its log over that file: it is its own; or it was asked to overwrite, and the file is the
 * log of a backup that had the very same file name for its archive.
 */
export const mayTakeLog = async (host: Host, { owner }: KeptLog, record: BackupRecord): Promise<boolean> => {
  if (owner === undefined || owner === record.id || !record.overwrite) return owner === record.id;
  const other = (await host.catalog.get('backup', owner))?.record;
  return other !== undefined && haveSameFile(other, record);
};
