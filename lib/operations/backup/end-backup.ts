import { shortErrorOf } from '../../model/errors.ts';
import type { BackupRecord, ComponentBackup } from '../../model/records/backup.ts';
import type { Operation } from '../../model/records/operation.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { commitEnd, isLeftUndone } from '../engine/commit-end.ts';
import type { Finish, OperatingHost } from '../engine/kind-of-operation.ts';
import { noteLastBackup, noteLastBackupsLost } from '../task/last-backups.ts';
import { getRecord } from '../task/operation-record.ts';
import { componentsOf, outcomeOf, readSummaries, totalsOf } from './capture/capture-summaries.ts';
import { keepLogFile } from './log-file.ts';
import { discardArchive, placeArchive, replacedRecords } from './place-archive.ts';

/**
 * Ends a backup: its archive is put in its place, or removed. A backup that was interrupted just after its archive
 * replaced another one ends as what it is: a verified backup.
 */
export const endBackup = async (
  host: OperatingHost,
  hold: Hold,
  operation: Operation,
  asked: Finish,
): Promise<BackupRecord> => {
  const record = await getRecord(host, 'backup', operation.id);
  const captured = await readSummaries(host, operation.id);
  const finish = await settleArchive(host, hold, record, asked, componentsOf(host, record, captured));
  const logFileName = await keepLog(host, record, { replaces: !isLeftUndone(finish) });
  const replaced = isLeftUndone(finish) ? [] : await replacedRecords(host, hold, record);
  return commitEnd(
    host,
    hold,
    operation,
    'backup',
    (now) => {
      const components = componentsOf(host, now, captured);
      for (const component of Object.values(components))
        if (isLeftUndone(finish) && component.state === 'IN_PROGRESS') component.state = 'FAILED';
      const totals = totalsOf(components);
      const archive = isLeftUndone(finish) ? { archiveBytes: 0, sha256: '', manifestSha256: '' } : {};
      const progress = { ...now.progress, ...totals, updatedAt: finish.completedAt };
      return { ...now, ...finish, ...totals, ...archive, logFileName, components, progress };
    },
    async (ended) => [
      ...replaced,
      ...(record.overwrite ? await noteLastBackupsLost(host) : await noteLastBackup(host, ended)),
    ],
  );
};

const settleArchive = async (
  host: Host,
  hold: Hold,
  record: BackupRecord,
  finish: Finish,
  components: Readonly<Record<string, ComponentBackup>>,
): Promise<Finish> => {
  if (!isLeftUndone(finish)) await placeArchive(host, hold, record);
  else if (await discardArchive(host, record))
    return { ...finish, state: outcomeOf(components), shortError: '', errorCode: null };
  return finish;
};

/**
 * The log is written before the end, so that a reader who sees the end finds the log. If it cannot be written, the
 * backup still ends.
 */
const keepLog = async (host: Host, record: BackupRecord, options: { replaces: boolean }): Promise<string> => {
  try {
    return await keepLogFile(host, record, options);
  } catch (thrown) {
    host.log.warn(`the log file could not be written: ${shortErrorOf(thrown)}`, { operationId: record.id });
    return '';
  }
};
