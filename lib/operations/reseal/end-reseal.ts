import { HoldfastError, shortErrorOf, toHoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { Operation } from '../../model/records/operation.ts';
import type { ResealRecord } from '../../model/records/reseal.ts';
import { type Change, type Hold, put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { commitEnd, isLeftUndone } from '../engine/commit-end.ts';
import type { Finish, OperatingHost } from '../engine/kind-of-operation.ts';
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { resealedBackup } from '../stored/resealed-backup.ts';
import { noteLastBackup } from '../task/last-backups.ts';
import { getRecord } from '../task/operation-record.ts';
import { findReadBack } from '../verify/pass-ranges.ts';
import { resealedPass } from './reseal-passes.ts';

/**
 * Ends a re-seal, complete or interrupted: the archive is the old one or the new one, never anything in between, and
 * the backup's record is made to say which.
 *
 * @throws `archive_mismatch` when it should succeed, and the file is not the new archive; `unavailable` when the store
 * does not answer: with a wrong record, the right archive would be refused.
 */
export const endReseal = async (
  host: OperatingHost,
  hold: Hold,
  operation: Operation,
  finish: Finish,
): Promise<ResealRecord> => {
  await host.objects.abort(operation.id);
  const reseal = await getRecord(host, 'reseal', operation.id);
  const archiveBytes = await resealedBytes(host, reseal);
  const replaced = archiveBytes !== undefined;
  if (!replaced && !isLeftUndone(finish)) throw notThere(reseal);
  return commitEnd(
    host,
    hold,
    operation,
    'reseal',
    (record) => ({
      ...record,
      ...finish,
      shortError:
        isLeftUndone(finish) && replaced
          ? `${finish.shortError}; the archive is already sealed to ${record.keyId}, and must be verified: holdfast backup verify ${record.backupId}`
          : finish.shortError,
    }),
    () => (replaced ? recordNewKey(host, reseal, archiveBytes, finish) : []),
  );
};

/** The size of the archive when it is the new one. */
const resealedBytes = async (host: Host, reseal: ResealRecord): Promise<number | undefined> => {
  const { backupId, manifestSha256 } = reseal;
  if (manifestSha256 === '') return undefined;
  try {
    const backup = await getRecord(host, 'backup', backupId);
    return (await openBackupArchive(host, resealedBackup(backup, reseal))).archiveBytes;
  } catch (thrown) {
    if (toHoldfastError(thrown).code === 'unavailable') throw thrown;
    host.log.warn(`the archive of ${backupId} is not the re-sealed one: ${shortErrorOf(thrown)}`, {
      backupId,
    });
    return undefined;
  }
};

const notThere = ({ id, backupId }: ResealRecord): HoldfastError =>
  new HoldfastError(
    'archive_mismatch',
    `re-seal ${id} has replaced the archive of backup ${backupId}, but somebody has exchanged the file since; bring the file of ${backupId} back, and start the re-seal again`,
  );

const recordNewKey = async (
  host: Host,
  reseal: ResealRecord,
  archiveBytes: number,
  { completedAt }: Finish,
): Promise<Change[]> => {
  const found = await host.catalog.get('backup', reseal.backupId);
  if (found === undefined) return [];
  const readBack = await findReadBack(host, reseal.id, resealedPass.name);
  const isVerified = readBack?.manifestSha256 === reseal.manifestSha256;
  const { failedVerification, ...resealed } = resealedBackup(found.record, reseal);
  const backup: BackupRecord = {
    ...resealed,
    // The new archive was read back as a whole, unless the re-seal ended before that.
    ...(!isVerified && failedVerification !== undefined && { failedVerification }),
    archiveBytes,
    sha256: isVerified ? readBack.sha256 : '',
    verifiedAt: isVerified ? completedAt : null,
  };
  return [put('backup', backup, found.version), ...(await noteLastBackup(host, backup))];
};
