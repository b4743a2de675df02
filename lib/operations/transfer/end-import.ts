import { type OpenedArchive, openArchive, type Trust } from '../../archive/reader/open.ts';
import { HoldfastError, shortErrorOf, toHoldfastError } from '../../model/errors.ts';
import type { Operation } from '../../model/records/operation.ts';
import type { ImportRecord } from '../../model/records/transfer.ts';
import { type Change, type Hold, put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { commitEnd, isLeftUndone } from '../engine/commit-end.ts';
import type { Finish, OperatingHost } from '../engine/kind-of-operation.ts';
import { standingFile } from '../stored/archive-owner.ts';
import { archiveSource } from '../stored/archive-source.ts';
import { isRecorded, knownSigners, opening } from '../stored/recorded-seal.ts';
import { getRecord } from '../task/operation-record.ts';
import { importedBackup, importedFile, PLACING } from './imported-backup.ts';
import { forgetUpload, isNoArchive } from './uploads.ts';

/**
 * Ends an import. The bytes were verified before they were put in their place, and are put there as a whole: so an
 * archive in that place is good, and an import that was interrupted just after has succeeded. Otherwise the upload
 * stays as it was, to be completed again, unless it was found to be damaged.
 *
 * @throws `archive_mismatch` when it should succeed, and the file is not the archive; `unavailable` when the store does
 * not answer
 */
export const endImport = async (
  host: OperatingHost,
  hold: Hold,
  operation: Operation,
  finish: Finish,
): Promise<ImportRecord> => {
  const record = await getRecord(host, 'import', operation.id);
  const placed = record.progress.step === PLACING ? await placedArchive(host, record) : undefined;
  if (placed === undefined && !isLeftUndone(finish)) throw notThere(record);
  if (placed !== undefined && finish.state === 'CANCELLED')
    await host.objects.remove(host.objects.locate(record.fileName, record.backupPath));
  if (placed === undefined || finish.state === 'CANCELLED') {
    // A damaged archive stays damaged. It is removed before the end is told: then the same file can be sent again.
    const isBad = finish.state === 'FAILED' && finish.errorCode !== null && isNoArchive(finish.errorCode);
    if (isBad) await forgetUpload(host, record.uploadId);
    const ended = await commitEnd(host, hold, operation, 'import', (now) => ({ ...now, ...finish }));
    // The staged parts went into the archive that was just removed, or that somebody has overwritten.
    if (placed !== undefined || (await isWrittenOver(host, record)))
      await forgetUpload(host, record.uploadId);
    return ended;
  }
  const beside: Change[] = [
    put('backup', await importedBackup(host, record, placed, finish.completedAt), 'absent'),
    { remove: 'upload', id: record.uploadId },
  ];
  const success: Finish = { ...finish, state: 'SUCCESS', shortError: '', errorCode: null };
  const end = (now: ImportRecord): ImportRecord => ({ ...now, ...success });
  const ended = await commitEnd(host, hold, operation, 'import', end, () => beside);
  await forgetUpload(host, record.uploadId);
  return ended;
};

/** The archive under its name; undefined when it cannot be read for any reason: then it counts as not imported. */
const placedArchive = async (host: Host, record: ImportRecord): Promise<OpenedArchive | undefined> => {
  try {
    const signers = await knownSigners(host);
    const trust: Trust = (verifyKey, manifestSha256) =>
      isRecorded(record, { verifyKey, manifestSha256 }, signers);
    const source = await archiveSource(host, importedFile(record));
    const archive = await openArchive(source, opening(host, signers, trust));
    return archive.manifest.backupId === record.backupId ? archive : undefined;
  } catch (thrown) {
    if (toHoldfastError(thrown).code === 'unavailable') throw thrown;
    host.log.warn(`the archive of import ${record.id} is missing: ${shortErrorOf(thrown)}`, {
      operationId: record.id,
    });
    return undefined;
  }
};

const isWrittenOver = async (host: Host, record: ImportRecord): Promise<boolean> =>
  record.progress.step === PLACING && (await standingFile(host, importedFile(record))).whose === 'another';

const notThere = ({ id, fileName, backupPath }: ImportRecord): HoldfastError =>
  new HoldfastError(
    'archive_mismatch',
    `import ${id} has stored its archive in ${backupPath} as "${fileName}", but that file has been exchanged since; upload the file again`,
  );
