import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { VerificationRecord } from '../../model/records/verification.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { endOperation } from '../engine/end-operation.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { takeOverKey } from '../keys/sealed-archive-key.ts';
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { namesManifest } from '../stored/recorded-seal.ts';
import { noteLastBackup } from '../task/last-backups.ts';
import { changeRecord, getRecord, markStep } from '../task/operation-record.ts';
import type { TaskContext } from '../task/task-context.ts';
import { requireReadBack } from './pass-ranges.ts';
import type { Pass } from './verify-pass.ts';

/**
 * Whether a verification finds out which manifest a record of 0.1.0 means, whoever signed it: that is possible when the
 * record has the SHA-256 of the whole file, and the whole file is read.
 */
export const findsManifest = (
  backup: BackupRecord,
  { subset, deep }: Pick<VerificationRecord, 'subset' | 'deep'>,
): boolean => !namesManifest(backup) && backup.sha256 !== '' && !deep && isWhole(subset);

const isWhole = (subset: string): boolean => subset.split('/')[1] === '1';

/** Reads an archive, or a sample of it, against its signed manifest; a deep one decrypts and decompresses too. */
export const requestedPass: Pass = {
  name: 'requested',
  kind: 'verify',
  step: 'verify-archive',
  isProgress: true,
  open: async (host, hold) => {
    const { id, subset, deep, backupId } = await getRecord(host, 'verification', hold.operationId);
    const backup = await getRecord(host, 'backup', backupId);
    const unrecorded = findsManifest(backup, { subset, deep });
    const archive = await openBackupArchive(host, backup, { unrecorded });
    const [part = 1, of = 1] = subset.split('/').map(Number);
    return {
      archive,
      ...(of > 1 && { sample: { part, of } }),
      ...(deep && { identity: () => takeOverKey(host, id) }),
      // The hash is unknown after an interrupted re-seal: then the whole file is hashed once more.
      ...(of === 1 && backup.sha256 === '' && { wholeFile: 'if-one-task' }),
      ...(unrecorded && { wholeFile: 'always' }),
    };
  },
};

const anotherFile = ({ id, fileName, backupPath, sha256 }: BackupRecord, found: string): HoldfastError =>
  new HoldfastError(
    'archive_mismatch',
    `the file "${fileName}" in ${backupPath} is not the archive that backup ${id} has recorded: its SHA-256 is ${found}, and the recorded one is ${sha256}. Put the file of ${id} back under that name`,
    { details: { backupId: id, expected: { sha256 }, found: { sha256: found } } },
  );

/**
 * Ends a verification that found everything good, and writes that into the backup's record if the whole archive was
 * read.
 *
 * @throws `archive_mismatch` when the record knows only the SHA-256 of the file, and that differs; `internal`,
 * `fence_lost`
 */
export const completeVerify = async ({ host }: TaskContext<OperatingHost>, hold: Hold): Promise<void> => {
  const verification = await getRecord(host, 'verification', hold.operationId);
  const backup = await getRecord(host, 'backup', verification.backupId);
  const { bytes, manifestSha256, ...found } = await requireReadBack(host, hold, requestedPass.name);
  const sha256 = found.sha256 === '' ? backup.sha256 : found.sha256;
  if (findsManifest(backup, verification) && found.sha256 !== backup.sha256)
    throw anotherFile(backup, found.sha256);
  await changeRecord(host, 'verification', verification.id, (record) => ({ ...record, bytes }), {
    under: hold,
  });
  if (isWhole(verification.subset))
    await changeRecord(
      host,
      'backup',
      backup.id,
      ({ failedVerification: _, ...record }) => ({
        ...record,
        sha256,
        manifestSha256,
        verifiedAt: timestamp(host.clock),
      }),
      { under: hold, alongside: (record) => noteLastBackup(host, record) },
    );
  await markStep(host, hold, 'verify', 'complete-verify');
  await endOperation(host, hold, { state: 'SUCCESS' });
};
