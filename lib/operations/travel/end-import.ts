import { type OpenedArchive, openArchive } from '../../archive/container/open.ts';
import { shortErrorOf } from '../../model/errors.ts';
import type { Operation } from '../../model/records/operation.ts';
import type { ImportRecord } from '../../model/records/travel.ts';
import { type Change, type Hold, put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { objectSource } from '../archives/archive-source.ts';
import { commitEnd, type Finish } from '../workflow/commit-end.ts';
import { getRecord } from '../workflow/operation-record.ts';
import { importedBackup, PLACING } from './imported-backup.ts';
import { forgetUpload } from './uploads.ts';

/**
 * The end of an import. The bytes were verified before they were put in their place, and are put there at once and
 * whole: so an archive that stands there is good, and an import that was interrupted just after is one that succeeded.
 * Otherwise the upload stays as it was, to be completed again, unless what came was found to be damaged.
 */
export const endImport = async (
  host: Host,
  hold: Hold,
  operation: Operation,
  finish: Finish,
): Promise<ImportRecord> => {
  const record = await getRecord(host, 'import', operation.id);
  const placed = record.progress.step === PLACING ? await placedArchive(host, record) : undefined;
  if (placed !== undefined && finish.state === 'CANCELLED')
    await host.objects.remove(host.objects.locate(record.fileName, record.backupPath));
  if (placed === undefined || finish.state === 'CANCELLED') {
    const ended = await commitEnd(host, hold, operation, 'import', (now) => ({ ...now, ...finish }));
    // The staged parts went into the archive that was just removed.
    if (placed !== undefined) await forgetUpload(host, record.uploadId);
    return ended;
  }
  const beside: Change[] = [
    put('backup', await importedBackup(host, record, placed, finish.completedAt), 'absent'),
    { remove: 'upload', id: record.uploadId },
  ];
  const success: Finish = { ...finish, state: 'SUCCESS', shortError: '' };
  const end = (now: ImportRecord): ImportRecord => ({ ...now, ...success });
  const ended = await commitEnd(host, hold, operation, 'import', end, beside);
  await forgetUpload(host, record.uploadId);
  return ended;
};

/** The archive, where it stands under its name; whatever keeps it from being seen, it then counts as not imported. */
const placedArchive = async (host: Host, record: ImportRecord): Promise<OpenedArchive | undefined> => {
  try {
    const key = host.objects.locate(record.fileName, record.backupPath);
    const archive = await openArchive(await objectSource(host, key), { trust: () => true });
    return archive.manifest.backupId === record.backupId ? archive : undefined;
  } catch (thrown) {
    host.log.warn(`the archive of import ${record.id} cannot be opened: ${shortErrorOf(thrown)}`, {
      operationId: record.id,
    });
    return undefined;
  }
};
