import { openArchive } from '../../archive/container/open.ts';
import type { ImportRecord, Operation } from '../../model/records.ts';
import { type Change, type Hold, put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { archiveOwner } from '../archives/archive-owner.ts';
import { objectSource } from '../archives/archive-source.ts';
import { commitEnd, type Finish } from '../workflow/commit-end.ts';
import { getRecord } from '../workflow/operation-record.ts';
import { importedBackup, PLACING } from './imported-backup.ts';
import { forgetUpload } from './uploads.ts';

/**
 * The end of an import. The bytes were verified before they were put in their place, and are put there at once and
 * whole: so an archive that stands there is good, and an import that was interrupted just after is one that succeeded.
 * Otherwise the upload stays as it was, to be completed again.
 */
export const endImport = async (
  host: Host,
  hold: Hold,
  operation: Operation,
  finish: Finish,
): Promise<ImportRecord> => {
  const record = await getRecord(host, 'import', operation.id);
  const key = host.objects.locate(record.fileName, record.backupPath);
  const placed = record.progress.step === PLACING && (await archiveOwner(host, record)) === record.backupId;
  if (placed && finish.state === 'CANCELLED') await host.objects.remove(key);
  if (!placed || finish.state === 'CANCELLED') {
    const ended = await commitEnd(host, hold, operation, 'import', (now) => ({ ...now, ...finish }));
    // The staged parts went into the archive that was just removed.
    if (placed) await forgetUpload(host, record.uploadId);
    return ended;
  }
  const archive = await openArchive(await objectSource(host, key), { trust: () => true });
  const beside: Change[] = [
    put('backup', await importedBackup(host, record, archive, finish.completedAt), 'absent'),
    { remove: 'upload', id: record.uploadId },
  ];
  const success: Finish = { ...finish, state: 'SUCCESS', shortError: '' };
  const end = (now: ImportRecord): ImportRecord => ({ ...now, ...success });
  const ended = await commitEnd(host, hold, operation, 'import', end, beside);
  await forgetUpload(host, record.uploadId);
  return ended;
};
