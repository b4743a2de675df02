import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';
import { LOG_HEADER_BYTES, logOwnerOf } from '../task/run-log.ts';
import { haveSameFile } from './backup-readiness.ts';

/** The file that has the name of a backup's log file. */
export interface KeptLog {
  readonly key: string;
  readonly bytes: number;
  /**
   * The backup whose log it is, by its first line; undefined when it is not a log of ours, but for example an archive.
   */
  readonly owner: string | undefined;
}

/** The file under the log's name; undefined when there is none. */
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
 * Whether a backup may overwrite that file with its log: the file is its own log; or the request said to overwrite, and
 * the file is the log of a backup whose archive had the same file name.
 */
export const mayTakeLog = async (host: Host, { owner }: KeptLog, record: BackupRecord): Promise<boolean> => {
  if (owner === undefined || owner === record.id || !record.overwrite) return owner === record.id;
  const other = (await host.catalog.get('backup', owner))?.record;
  return other !== undefined && haveSameFile(other, record);
};
