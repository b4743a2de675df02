/** What a re-seal makes of a backup's record, even if the end of the re-seal could not write it. */
import type { BackupRecord } from '../../model/records/backup.ts';
import type { ResealRecord } from '../../model/records/reseal.ts';
import type { ArchiveSeal } from '../../model/records/seal.ts';
import type { Host } from '../../ports/host.ts';
import type { KnownSigners } from './recorded-seal.ts';

/** A backup's record once its archive has the new end: the file is checked against this from then on. */
export const resealedBackup = (
  backup: BackupRecord,
  { keyId, manifestSha256, trustedSigner }: ResealRecord,
): BackupRecord => ({
  ...backup,
  encryption: { mode: 'key', keyId },
  signedBy: null,
  manifestSha256,
  trustedSigner: trustedSigner ?? backup.trustedSigner,
});

/**
 * The re-seal that made this file from the backup's archive and that the record does not tell of: it is still running,
 * or it was interrupted and its end did not see the file. Nobody else signs with our key.
 */
export const unrecordedReseal = async (
  host: Host,
  { id, progress }: Pick<BackupRecord, 'id' | 'progress'>,
  found: ArchiveSeal,
  { isOwn }: KnownSigners,
): Promise<ResealRecord | undefined> => {
  if (!isOwn(found.verifyKey)) return undefined;
  const { records } = await host.catalog.list('reseal', { group: id, descending: true, limit: 1 });
  const [newest] = records;
  const made =
    newest !== undefined &&
    newest.state !== 'SUCCESS' &&
    newest.manifestSha256 === found.manifestSha256 &&
    // The re-seal must not belong to an earlier, deleted backup of the same id.
    newest.createdAt > progress.updatedAt;
  return made ? newest : undefined;
};
