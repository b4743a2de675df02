import { verifyArchive } from '../../archive/verify/verify.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { VerificationRecord } from '../../model/records/verification.ts';
import type { Hold } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { takeOverKey } from '../keys/archive-key.ts';
import { endOperation } from '../workflow/end-operation.ts';
import { changeRecord, getRecord, markStep } from '../workflow/operation-record.ts';
import { stepProgress } from '../workflow/step-progress.ts';
import type { TaskContext } from '../workflow/task-context.ts';
import { openBackupArchive } from './open-backup-archive.ts';
import { namesManifest } from './recorded-seal.ts';

/**
 * Whether a verification finds out which manifest a record of 0.1.0 speaks of, whoever signed it: the record knows the
 * SHA-256 of the whole file, and all of the file is read.
 */
export const findsManifest = (
  backup: BackupRecord,
  { subset, deep }: Pick<VerificationRecord, 'subset' | 'deep'>,
): boolean => !namesManifest(backup) && backup.sha256 !== '' && !deep && isWhole(subset);

const isWhole = (subset: string): boolean => subset.split('/')[1] === '1';

/** Reads an archive, or a sample of it, against its signed manifest; a deep one decrypts and decompresses too. */
export const verifyBackup = async ({ host, signal }: TaskContext, hold: Hold): Promise<void> => {
  const verification = await getRecord(host, 'verification', hold.operationId);
  const backup = await getRecord(host, 'backup', verification.backupId);
  const unrecorded = findsManifest(backup, verification);
  const archive = await openBackupArchive(host, backup, { unrecorded });
  await markStep(host, hold, 'verify', 'verify-archive', { expectedBytes: archive.archiveBytes });
  const [part = 1, of = 1] = verification.subset.split('/').map(Number);
  const progress = stepProgress(host, hold, 'verify', 'verify-archive');
  // The hash is unknown after a re-seal that was interrupted: then the file is hashed as a whole once more.
  const wholeFile = of === 1 && (backup.sha256 === '' || unrecorded);
  const { bytesVerified, sha256 = backup.sha256 } = await verifyArchive(archive, {
    ...(of > 1 ? { sample: { part, of } } : {}),
    wholeFile,
    ...(verification.deep ? { identity: await takeOverKey(host, verification.id) } : {}),
    pool: host.pool,
    signal,
    onProgress: progress.report,
  });
  await progress.settled();
  if (unrecorded && sha256 !== backup.sha256) throw anotherFile(backup, sha256);
  await changeRecord(
    host,
    'verification',
    verification.id,
    (record) => ({ ...record, bytes: bytesVerified }),
    { under: hold },
  );
  if (of === 1)
    await changeRecord(
      host,
      'backup',
      backup.id,
      (record) => ({
        ...record,
        sha256,
        manifestSha256: archive.signature.manifestSha256,
        verifiedAt: timestamp(host.clock),
      }),
      { under: hold },
    );
};

const anotherFile = ({ id, fileName, backupPath, sha256 }: BackupRecord, found: string): HoldfastError =>
  new HoldfastError(
    'archive_mismatch',
    `the file "${fileName}" in ${backupPath} is not the archive that backup ${id} recorded: that has the SHA-256 ${sha256}, and what is there now ${found}. Bring the own file of ${id} back under that name`,
    { details: { backupId: id, expected: { sha256 }, found: { sha256: found } } },
  );

/** The end of a verification that found everything good. */
export const completeVerify = async ({ host }: TaskContext, hold: Hold): Promise<void> => {
  await markStep(host, hold, 'verify', 'complete-verify');
  await endOperation(host, hold, { state: 'SUCCESS' });
};
