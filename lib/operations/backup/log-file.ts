import type { Host } from '../../ports/host.ts';
import { readRunLog } from '../workflow/run-log.ts';

/** The upload id under which a log file is written; no backup has it. */
const logUpload = (backupId: string): string => `${backupId}.log`;

/** Writes the run's log beside the archive, when it was asked for. Before the lines are forgotten; may be repeated. */
export const keepLogFile = async (host: Host, id: string): Promise<void> => {
  const record = (await host.catalog.get('backup', id))?.record;
  if (record === undefined || record.logFileName === '') return;
  const bytes = Buffer.from(await readRunLog(host, record.id));
  const key = host.objects.locate(record.logFileName, record.backupPath);
  await host.objects.compose(logUpload(record.id), key, [{ bytes }], { overwrite: true });
};
