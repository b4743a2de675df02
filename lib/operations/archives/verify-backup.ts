import { verifyArchive } from '../../archive/verify/verify.ts';
import type { Hold } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { takeOverKey } from '../keys/archive-key.ts';
import { endOperation } from '../workflow/end-operation.ts';
import { changeRecord, getRecord, markStep } from '../workflow/operation-record.ts';
import { stepProgress } from '../workflow/step-progress.ts';
import type { TaskContext } from '../workflow/task-context.ts';
import { openBackupArchive } from './archive-source.ts';

/** Reads an archive, or a sample of it, against its signed manifest; a deep one decrypts and decompresses too. */
export const verifyBackup = async ({ host, signal }: TaskContext, hold: Hold): Promise<void> => {
  const verification = await getRecord(host, 'verification', hold.operationId);
  const backup = await getRecord(host, 'backup', verification.backupId);
  const archive = await openBackupArchive(host, backup);
  await markStep(host, hold, 'verify', 'verify-archive', { expectedBytes: archive.archiveBytes });
  const [part = 1, of = 1] = verification.subset.split('/').map(Number);
  const progress = stepProgress(host, hold, 'verify', 'verify-archive');
  // Unknown after a re-seal that was interrupted: only then is the file hashed as a whole once more.
  const wholeFile = of === 1 && backup.sha256 === '';
  const { bytesVerified, sha256 = backup.sha256 } = await verifyArchive(archive, {
    ...(of > 1 ? { sample: { part, of } } : {}),
    wholeFile,
    ...(verification.deep ? { identity: await takeOverKey(host, verification.id) } : {}),
    pool: host.pool,
    signal,
    onProgress: progress.report,
  });
  await progress.settled();
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
      (record) => ({ ...record, sha256, verifiedAt: timestamp(host.clock) }),
      { under: hold },
    );
};

/** The end of a verification that found everything good. */
export const completeVerify = async ({ host }: TaskContext, hold: Hold): Promise<void> => {
  await markStep(host, hold, 'verify', 'complete-verify');
  await endOperation(host, hold, { state: 'SUCCESS' });
};
