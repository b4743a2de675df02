import { openArchive } from '../../archive/container/open.ts';
import { HoldfastError } from '../../model/errors.ts';
import { idSchema } from '../../model/ids.ts';
import type { Principal } from '../../model/principal.ts';
import type { ImportRecord } from '../../model/records/travel.ts';
import { type Change, put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { knownSigners, opening } from '../archives/recorded-seal.ts';
import { keepKey } from '../keys/backup-keys.ts';
import { acceptedOperation, getRecord } from '../workflow/operation-record.ts';
import { startOperation } from '../workflow/start-operation.ts';
import { archiveName, assertBackupAbsent } from './create-upload.ts';
import { stagedSource } from './staged-archive.ts';
import { allPieces } from './upload-parts.ts';
import { readUpload } from './uploads.ts';

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
  const source = stagedSource(host, uploadId, await allPieces(host, upload));
  const signers = await knownSigners(host);
  const archive = await readUpload(host, uploadId, () =>
    openArchive(
      source,
      opening(host, signers, () => true),
    ),
  );
  const { backupId, encryption } = archive.manifest;
  const { verifyKey, manifestSha256 } = archive.signature;
  if (!idSchema.safeParse(backupId).success)
    throw new HoldfastError(
      'archive_damaged',
      `the archive's own id ${JSON.stringify(backupId)} is none that Holdfast gives`,
    );
  await assertBackupAbsent(host, backupId);
  const { isKnown, isOwn } = signers;
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
    keyId: (encryption.mode === 'key' ? encryption.keyId : undefined) ?? null,
    signature: isKnown(verifyKey) ? 'trusted' : 'unknown-signer',
    signedBy: isOwn(verifyKey) ? null : verifyKey,
    manifestSha256,
  };
  await startOperation(host, {
    operation: { id, kind: 'import', backupId, startedAt: createdAt },
    changes: [put('import', record, 'absent'), ...(await keptKey(host, record.keyId))],
  });
  return record;
};

/** The key that opens it, where that is here, cannot be deleted while the archive is on its way in. */
const keptKey = async (host: Host, keyId: string | null): Promise<Change[]> => {
  const key = keyId === null ? undefined : await host.catalog.get('key', keyId);
  return key === undefined ? [] : [keepKey(key)];
};
