import { type OpenedArchive, openArchive } from '../../archive/container/open.ts';
import { verifyArchive } from '../../archive/verify/verify.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ArchiveSeal } from '../../model/records/seal.ts';
import type { ImportRecord, UploadRecord } from '../../model/records/travel.ts';
import type { Hold } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { isOwnFile } from '../archives/archive-owner.ts';
import { isRecorded, knownSigners, opening } from '../archives/recorded-seal.ts';
import { changeRecord, getRecord, markStep } from '../workflow/operation-record.ts';
import { stepProgress } from '../workflow/step-progress.ts';
import type { TaskContext } from '../workflow/task-context.ts';
import { assertNameFree } from './create-upload.ts';
import { importedFile, PLACING } from './imported-backup.ts';
import { stagedSource } from './staged-archive.ts';
import { allPieces } from './upload-parts.ts';
import { readUpload } from './uploads.ts';

/**
 * Verifies every byte of an upload against the archive's signed manifest, then makes it an object of the store. Nothing
 * is visible before that. What is no sound archive is forgotten. May be repeated after a crash.
 *
 * @throws `archive_*`; `file_exists` when another file took the name meanwhile.
 */
export const importArchive = async ({ host, signal }: TaskContext, hold: Hold): Promise<void> => {
  const record = await getRecord(host, 'import', hold.operationId);
  const key = host.objects.locate(record.fileName, record.backupPath);
  if (record.progress.step === PLACING && (await isOwnFile(host, importedFile(record)))) return;
  const upload = await getRecord(host, 'upload', record.uploadId);
  const pieces = await allPieces(host, upload);
  const sha256 = await readUpload(host, upload.id, () =>
    verifyStaged(host, hold, { record, upload, pieces, signal }),
  );
  await assertNameFree(host, key, record.fileName);
  await changeRecord(host, 'import', record.id, (now) => ({ ...now, sha256 }), { under: hold });
  await markStep(host, hold, 'import', PLACING);
  try {
    const parts = pieces.map((piece) => ({ piece }));
    await host.objects.compose(upload.id, key, parts, { overwrite: false });
  } catch (thrown) {
    // What stands under the name is then another's, and must not be taken for ours.
    if (thrown instanceof HoldfastError && thrown.code === 'file_exists')
      await markStep(host, hold, 'import', 'verify-archive');
    throw thrown;
  }
};

interface Staged {
  record: ImportRecord;
  upload: UploadRecord;
  pieces: Awaited<ReturnType<typeof allPieces>>;
  signal: AbortSignal;
}

const verifyStaged = async (host: Host, hold: Hold, staged: Staged): Promise<string> => {
  const { upload, signal } = staged;
  await markStep(host, hold, 'import', 'verify-archive', { expectedBytes: upload.bytes });
  const archive = await openStaged(host, staged);
  const progress = stepProgress(host, hold, 'import', 'verify-archive');
  const { sha256 = '' } = await verifyArchive(archive, {
    wholeFile: true,
    signal,
    onProgress: progress.report,
  });
  await progress.settled();
  if (upload.sha256 !== null && upload.sha256 !== sha256)
    throw new HoldfastError(
      'archive_damaged',
      `what arrived is a whole archive, but not the file that was announced: its SHA-256 is ${sha256}, not ${upload.sha256}`,
    );
  return sha256;
};

/** What was there when the import was asked for: a part may have been sent again since. */
const openStaged = async (host: Host, { record, upload, pieces }: Staged): Promise<OpenedArchive> => {
  const signers = await knownSigners(host);
  const judged: { another?: ArchiveSeal } = {};
  const trust = (verifyKey: string, manifestSha256: string): boolean => {
    const found = { verifyKey, manifestSha256 };
    if (isRecorded(record, found, signers)) return true;
    judged.another = found;
    return false;
  };
  try {
    return await openArchive(stagedSource(host, upload.id, pieces), opening(host, signers, trust));
  } catch (thrown) {
    if (judged.another === undefined) throw thrown;
    throw new HoldfastError(
      'archive_mismatch',
      `what is there of upload ${upload.id} is another archive than the one that was there when its import was asked for; upload the file again`,
      { details: { found: judged.another } },
    );
  }
};
