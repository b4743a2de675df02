import { openArchive } from '../../archive/container/open.ts';
import { shortErrorOf } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { Operation } from '../../model/records/operation.ts';
import type { ResealRecord } from '../../model/records/travel.ts';
import { type Change, type Hold, put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { archiveSource } from '../archives/archive-source.ts';
import { commitEnd, type Finish, isLeftUndone } from '../workflow/commit-end.ts';
import { getRecord } from '../workflow/operation-record.ts';

/**
 * The end of a re-seal, whole or broken off: the archive is the old one or the new one, never anything between, and
 * the backup's record is made to say which.
 */
export const endReseal = async (
  host: Host,
  hold: Hold,
  operation: Operation,
  finish: Finish,
): Promise<ResealRecord> => {
  await host.objects.abort(operation.id);
  const reseal = await getRecord(host, 'reseal', operation.id);
  const archiveBytes = await resealedBytes(host, reseal);
  const replaced = archiveBytes !== undefined;
  const beside = replaced ? await recordNewKey(host, reseal, archiveBytes, finish) : [];
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
          ? `${finish.shortError}; the archive is sealed to ${record.keyId} already, and is to be verified: holdfast backup verify ${record.backupId}`
          : finish.shortError,
    }),
    beside,
  );
};

/** The size of the archive when it is the new one. */
const resealedBytes = async (
  host: Host,
  { backupId, manifestSha256 }: ResealRecord,
): Promise<number | undefined> => {
  if (manifestSha256 === '') return undefined;
  try {
    const backup = await getRecord(host, 'backup', backupId);
    const source = await archiveSource(host, backup);
    const { signature, archiveBytes } = await openArchive(source, { trust: () => true });
    return signature.manifestSha256 === manifestSha256 ? archiveBytes : undefined;
  } catch (thrown) {
    host.log.warn(`the archive of ${backupId} cannot be opened: ${shortErrorOf(thrown)}`, { backupId });
    return undefined;
  }
};

const recordNewKey = async (
  host: Host,
  { backupId, keyId, sha256, trusted, createdBy }: ResealRecord,
  archiveBytes: number,
  { completedAt }: Finish,
): Promise<Change[]> => {
  const found = await host.catalog.get('backup', backupId);
  if (found === undefined) return [];
  const { signedBy } = found.record;
  const trustedSigner =
    trusted && signedBy !== null
      ? { verifyKey: signedBy, by: createdBy, at: completedAt }
      : found.record.trustedSigner;
  const backup: BackupRecord = {
    ...found.record,
    encryption: { mode: 'key', keyId },
    archiveBytes,
    sha256,
    verifiedAt: sha256 === '' ? null : completedAt,
    signedBy: null,
    trustedSigner,
  };
  return [put('backup', backup, found.version)];
};
