/** What a re-seal makes of a backup's record, also where its own end could not write that down. */
import type { BackupRecord } from '../../model/records/backup.ts';
import type { ArchiveSeal } from '../../model/records/seal.ts';
import type { ResealRecord } from '../../model/records/travel.ts';
import type { Host } from '../../ports/host.ts';
import type { KnownSigners } from './recorded-seal.ts';

/** A backup's record once its archive has the new end: what the file is held against from then on. */
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
 * The re-seal that has made this file out of the backup's archive, and of which the record does not tell: one that runs
 * still, or one that was broken off and whose end did not see what stood there. Nobody else signs with our key.
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
    // Not one of a backup of the same id that was deleted before this one came.
    newest.createdAt > progress.updatedAt;
  return made ? newest : undefined;
};
