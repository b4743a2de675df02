import { openArchive } from '../../archive/reader/open.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { idSchema } from '../../model/ids.ts';
import type { ImportRecord } from '../../model/records/transfer.ts';
import type { Change } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { permittedRecord } from '../access/permitted.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { type PreparedStart, type StartOptions, startOnce } from '../engine/start-once.ts';
import { keepKey } from '../keys/backup-keys.ts';
import { knownSigners, opening } from '../stored/recorded-seal.ts';
import { acceptedOperation } from '../task/operation-record.ts';
import { archiveName, assertBackupAbsent } from './create-upload.ts';
import { stagedSource } from './staged-archive.ts';
import { allPieces } from './upload-parts.ts';
import { readUpload } from './uploads.ts';

/**
 * Begins the import of an upload whose parts are all there. The file's end is read here, so that a file that is not an
 * archive, or is here already, is refused at once; the operation verifies every byte.
 *
 * @throws `not_found`, `not_ready`, `conflict`, `archive_*`, `operation_running`,
 * `idempotency_conflict`
 */
export const requestImport = (
  host: OperatingHost,
  principal: Principal,
  uploadId: string,
  options: StartOptions = {},
): Promise<ImportRecord> =>
  startOnce(host, 'import', { ...options, principal, request: { import: uploadId } }, () =>
    prepareImport(host, principal, uploadId),
  );

const prepareImport = async (
  host: Host,
  principal: Principal,
  uploadId: string,
): Promise<PreparedStart<'import'>> => {
  const { record: upload } = await permittedRecord(host, principal, 'backup.upload', 'upload', uploadId);
  const { domains = [] } = upload;
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
      `the id ${JSON.stringify(backupId)} in the archive is not one that Holdfast gives`,
    );
  await assertBackupAbsent(host, principal, backupId);
  if (domains.length > 0 && archive.manifest.scope !== 'domain')
    throw new HoldfastError(
      'invalid_request',
      'this archive is of a whole system, and its upload is for one domain; somebody with rights in the whole installation may upload it',
    );
  const { isKnown, isOwn } = signers;
  const accepted = acceptedOperation(host, principal, 'import');
  const record: ImportRecord = {
    ...accepted,
    domains,
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
  return { record, backupId, beside: await keptKey(host, record.keyId) };
};

/** The key that opens the archive, if it is here, cannot be deleted while the import runs. */
const keptKey = async (host: Host, keyId: string | null): Promise<Change[]> => {
  const key = keyId === null ? undefined : await host.catalog.get('key', keyId);
  return key === undefined ? [] : [keepKey(key)];
};
