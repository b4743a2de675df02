import { type OpenedArchive, openArchive } from '../../archive/reader/open.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ArchiveSeal } from '../../model/records/seal.ts';
import type { ImportRecord, UploadRecord } from '../../model/records/transfer.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { isOwnFile } from '../stored/archive-owner.ts';
import { joinInCalls } from '../stored/join-in-calls.ts';
import { isRecorded, knownSigners, opening } from '../stored/recorded-seal.ts';
import { changeRecord, getRecord, markStep } from '../task/operation-record.ts';
import type { TaskContext } from '../task/task-context.ts';
import { requireReadBack } from '../verify/pass-ranges.ts';
import type { Pass } from '../verify/verify-pass.ts';
import { assertNameFree } from './create-upload.ts';
import { importedFile, PLACING } from './imported-backup.ts';
import { stagedSource } from './staged-archive.ts';
import { allPieces } from './upload-parts.ts';

/** Reads every byte of an upload against the archive's signed manifest. */
export const uploadedPass: Pass = {
  name: 'uploaded',
  kind: 'import',
  step: 'verify-archive',
  isProgress: true,
  open: async (host, hold) => {
    const record = await getRecord(host, 'import', hold.operationId);
    const upload = await getRecord(host, 'upload', record.uploadId);
    const pieces = await allPieces(host, upload);
    return { archive: await openStaged(host, { record, upload, pieces }), wholeFile: 'if-one-task' };
  },
};

/**
 * Makes a verified upload an object of the store. Nothing is visible before that. Stops when the host's time runs short
 * (`done` false), and is called again. May be repeated after a crash.
 *
 * @throws `internal` when not every byte was read; `archive_damaged` when the file is not the announced one;
 * `file_exists` when another file took the name meanwhile.
 */
export const importArchive = async (context: TaskContext, hold: Hold): Promise<{ done: boolean }> => {
  const { host } = context;
  const record = await getRecord(host, 'import', hold.operationId);
  const key = host.objects.locate(record.fileName, record.backupPath);
  if (record.progress.step === PLACING && (await isOwnFile(host, importedFile(record))))
    return { done: true };
  const upload = await getRecord(host, 'upload', record.uploadId);
  const { sha256 } = await requireReadBack(host, hold, uploadedPass.name);
  requireAnnounced(host, upload, sha256);
  const pieces = await allPieces(host, upload);
  await assertNameFree(host, key, record.fileName);
  await changeRecord(host, 'import', record.id, (now) => ({ ...now, sha256 }), { under: hold });
  await markStep(host, hold, 'import', PLACING);
  try {
    const parts = pieces.map((piece) => ({ piece }));
    const placed = await joinInCalls(context, hold, {
      name: 'imported',
      parts,
      join: (steps) => host.objects.composeInSteps(upload.id, key, parts, { overwrite: false, steps }),
    });
    return { done: placed !== undefined };
  } catch (thrown) {
    // The file under the name is then another's, and must not be taken for ours.
    if (thrown instanceof HoldfastError && thrown.code === 'file_exists')
      await markStep(host, hold, 'import', 'verify-archive');
    throw thrown;
  }
};

/** The SHA-256 of a file that several tasks have read is unknown: only its manifest shows that it is whole. */
const requireAnnounced = (host: Host, upload: UploadRecord, sha256: string): void => {
  if (upload.sha256 === null || upload.sha256 === sha256) return;
  if (sha256 === '') {
    host.log.warn('the announced SHA-256 is not compared: the archive is too large for one task', {
      uploadId: upload.id,
    });
    return;
  }
  throw new HoldfastError(
    'archive_damaged',
    `the upload is a complete archive, but not the announced file: its SHA-256 is ${sha256}, not ${upload.sha256}`,
  );
};

interface Staged {
  record: ImportRecord;
  upload: UploadRecord;
  pieces: Awaited<ReturnType<typeof allPieces>>;
}

/** The bytes must be those that were there when the import was requested: a part may have been sent again since. */
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
      `the archive of upload ${upload.id} has changed since its import was requested; upload the file again`,
      { details: { found: judged.another } },
    );
  }
};
