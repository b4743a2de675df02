import { openArchive } from '../../archive/container/open.ts';
import { HoldfastError } from '../../model/errors.ts';
import { idSchema } from '../../model/ids.ts';
import type { ImportRecord, Piece, UploadRecord } from '../../model/records.ts';
import { put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { isSignerTrusted } from '../archives/archive-source.ts';
import type { Principal } from '../installation/principal.ts';
import { acceptedOperation, getRecord } from '../workflow/operation-record.ts';
import { startOperation } from '../workflow/start-operation.ts';
import { stagedSource } from './staged-archive.ts';
import { archiveName, assertBackupAbsent, missingParts, partsOf } from './uploads.ts';

/**
 * Begins the import of an upload whose parts are all there. Its end is read here, so that what is no archive, or is
 * here already, is refused at once; every byte is verified by the operation.
 *
 * @throws `not_found`, `not_ready`, `conflict`, `archive_*`, `operation_running`
 */
export const requestImport = async (
  host: Host,
  principal: Principal,
  uploadId: string,
): Promise<ImportRecord> => {
  const upload = await getRecord(host, 'upload', uploadId);
  const archive = await openArchive(stagedSource(host, uploadId, await allPieces(host, upload)), {
    trust: () => true,
  });
  const { backupId } = archive.manifest;
  if (!idSchema.safeParse(backupId).success)
    throw new HoldfastError(
      'archive_damaged',
      `the archive's own id ${JSON.stringify(backupId)} is none that Holdfast gives`,
    );
  await assertBackupAbsent(host, backupId);
  const accepted = acceptedOperation(host, principal, 'import');
  const { id, createdAt } = accepted;
  const record: ImportRecord = {
    ...accepted,
    backupId,
    progress: { ...accepted.progress, expectedBytes: upload.bytes },
    uploadId,
    fileName: upload.fileName ?? archiveName(backupId),
    backupPath: upload.backupPath,
    archiveBytes: upload.bytes,
    sha256: '',
    signature: (await isSignerTrusted(host, archive)) ? 'trusted' : 'unknown-signer',
  };
  await startOperation(host, {
    operation: { id, kind: 'import', backupId, startedAt: createdAt },
    changes: [put('import', record, 'absent')],
  });
  return record;
};

/** In the order of the file. @throws `not_ready` with the missing ones */
export const allPieces = async (host: Host, upload: UploadRecord): Promise<Piece[]> => {
  const parts = await partsOf(host, upload);
  const missing = missingParts(upload, parts);
  if (missing.length > 0)
    throw new HoldfastError(
      'not_ready',
      `upload ${upload.id} lacks ${missing.length} of its ${upload.parts} parts; send them first`,
      { details: { missing: missing.slice(0, 1000) } },
    );
  return [...parts].sort(([a], [b]) => a - b).map(([, piece]) => piece);
};
