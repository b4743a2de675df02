import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';
import { findKeptLog, mayTakeLog } from '../stored/log-file-owner.ts';
import { readRunLog } from '../task/run-log.ts';

/** The upload id under which a log file is written; no backup has it. */
const logUpload = (backupId: string): string => `${backupId}.log`;

/** A file name that no other log has. */
const ownLogName = (backupId: string): string => `${backupId}.log`;

/**
 * Writes the run's log beside the archive, if the request asked for it, and returns the log's name. The log never
 * replaces an archive or another backup's log, except the log of a backup whose archive this one has replaced: if the
 * name is taken, the log gets a name of the backup's own. Called before the lines are forgotten; may be repeated.
 */
export const keepLogFile = async (
  host: Host,
  record: BackupRecord,
  { replaces }: { replaces: boolean },
): Promise<string> => {
  if (record.logFileName === '') return '';
  const bytes = Buffer.from(await readRunLog(host, record.id));
  const write = async (logFileName: string, options: { overwrite: boolean }): Promise<string> => {
    const key = host.objects.locate(logFileName, record.backupPath);
    await host.objects.compose(logUpload(record.id), key, [{ bytes }], options);
    return logFileName;
  };
  const there = await findKeptLog(host, record);
  if (there === undefined) return write(record.logFileName, { overwrite: false });
  const allowed = await mayTakeLog(host, there, { ...record, overwrite: record.overwrite && replaces });
  if (allowed) return write(record.logFileName, { overwrite: true });
  host.log.warn(
    `the name "${record.logFileName}" is in use; the log is stored as "${ownLogName(record.id)}"`,
    {
      operationId: record.id,
    },
  );
  return write(ownLogName(record.id), { overwrite: true });
};
