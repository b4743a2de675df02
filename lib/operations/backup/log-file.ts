import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';
import { findKeptLog, mayTakeLog } from '../stored/log-file-owner.ts';
import { readRunLog } from '../task/run-log.ts';

/** The upload id under which a log file is written; no backup has it. */
const logUpload = (backupId: string): string => `${backupId}.log`;

/** Nobody else's log has it. */
const ownLogName = (backupId: string): string => `${backupId}.log`;

/**
 * Writes the run's log beside the archive, when it was asked for, and answers the name it has. It never takes the place
 * of an archive or of another backup's log, but for the log of a backup whose archive this one has replaced: where the
 * name is taken it is kept under the backup's own. Before the lines are forgotten; may be repeated.
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
  host.log.warn(`the name "${record.logFileName}" is taken; the log is kept as "${ownLogName(record.id)}"`, {
    operationId: record.id,
  });
  return write(ownLogName(record.id), { overwrite: true });
};
