import { type OpenedArchive, openArchive } from '../../archive/reader/open.ts';
import { readHeadBackupId } from '../../archive/reader/read-head.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { type ArchiveSeal, isSameSeal, type TrustedSigner } from '../../model/records/seal.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { noteLastBackup } from '../task/last-backups.ts';
import { changeRecord } from '../task/operation-record.ts';
import { standingFile } from './archive-owner.ts';
import { archiveSource } from './archive-source.ts';
import {
  exchanged,
  isRecorded,
  type KnownSigners,
  knownSigners,
  manifestUnrecorded,
  namesManifest,
  ofAnother,
  opening,
  signerUnknown,
  trustsAnother,
} from './recorded-seal.ts';
import { resealedBackup } from './resealed-backup.ts';

export interface OpenOptions {
  /** Opens also this archive of an unknown signer, when the request trusts it. */
  readonly trust?: ArchiveSeal | undefined;
  /**
   * Opens also an archive of an unknown signer when the record does not name its manifest, for an operation that finds
   * that out.
   */
  readonly unrecorded?: boolean;
}

/**
 * Opens a backup's archive: checks the signature first, then that it is the recorded archive, then whose it is. Of any
 * other file under its name only the signature is read.
 *
 * @throws `not_found`, `archive_*`; `archive_mismatch` for another file, and when the request trusts another one
 */
export const openBackupArchive = async (
  host: Host,
  record: BackupRecord,
  options: OpenOptions = {},
): Promise<OpenedArchive> => {
  const source = await archiveSource(host, record);
  const signers = await knownSigners(host);
  const judged: { refusal?: HoldfastError | undefined } = {};
  const trust = (verifyKey: string, manifestSha256: string): boolean => {
    judged.refusal = refusalOf(record, { verifyKey, manifestSha256 }, signers, options);
    return judged.refusal === undefined;
  };
  try {
    const archive = await openArchive(source, opening(host, signers, trust));
    if (archive.manifest.backupId !== record.id) throw ofAnother(record, archive.manifest.backupId);
    return archive;
  } catch (thrown) {
    const { refusal } = judged;
    if (refusal === undefined) throw thrown;
    // That the file is another backup's is the more useful message. Its own claim is enough for it, since the file is
    // refused either way.
    const owner = await readHeadBackupId(source);
    throw owner === undefined || owner === record.id ? refusal : ofAnother(record, owner);
  }
};

const refusalOf = (
  record: BackupRecord,
  found: ArchiveSeal,
  signers: KnownSigners,
  { trust, unrecorded = false }: OpenOptions,
): HoldfastError | undefined => {
  if (!isRecorded(record, found, signers)) return exchanged(record, found);
  if (trust !== undefined && !isSameSeal(trust, found)) return trustsAnother(record, trust, found);
  if (signers.isKnown(found.verifyKey)) return undefined;
  const installation = record.importedFrom ?? '';
  if (!namesManifest(record))
    return unrecorded ? undefined : manifestUnrecorded(record, installation, found.verifyKey);
  return trust === undefined ? signerUnknown(record, installation, found) : undefined;
};

/**
 * As `openBackupArchive`, for a request. A record that does not name its manifest names it from here on, so that every
 * later step is checked against it.
 */
export const openRequestedArchive = async (
  host: Host,
  record: BackupRecord,
  options: Pick<OpenOptions, 'trust'> = {},
): Promise<OpenedArchive> => {
  const archive = await openBackupArchive(host, record, options).catch((thrown: unknown) =>
    openResealed(host, record, options, thrown),
  );
  if (namesManifest(record)) return archive;
  const { manifestSha256 } = archive.signature;
  const now = await changeRecord(host, 'backup', record.id, (found) =>
    namesManifest(found) ? found : { ...found, manifestSha256 },
  );
  if (now.manifestSha256 !== manifestSha256) throw exchanged(now, sealOf(archive));
  return archive;
};

/**
 * Opens the archive of a re-seal that the record does not tell of, and writes that into the record. Else throws
 * `refusal`.
 */
const openResealed = async (
  host: Host,
  record: BackupRecord,
  options: OpenOptions,
  refusal: unknown,
): Promise<OpenedArchive> => {
  if (!(refusal instanceof HoldfastError && refusal.code === 'archive_mismatch')) throw refusal;
  const standing = await standingFile(host, record);
  if (standing.whose !== 'own' || standing.reseal === undefined) throw refusal;
  const { reseal } = standing;
  const archive = await openBackupArchive(host, resealedBackup(record, reseal), options);
  if (reseal.state !== 'IN_PROGRESS')
    await changeRecord(
      host,
      'backup',
      record.id,
      (found) =>
        found.manifestSha256 === record.manifestSha256
          ? {
              ...resealedBackup(found, reseal),
              archiveBytes: archive.archiveBytes,
              sha256: '',
              verifiedAt: null,
            }
          : found,
      { alongside: (now) => noteLastBackup(host, now) },
    );
  return archive;
};

const sealOf = ({ signature: { verifyKey, manifestSha256 } }: OpenedArchive): ArchiveSeal => ({
  verifyKey,
  manifestSha256,
});

/** A note of who trusted which signer by a request; null when the request trusts none, or the signer is known. */
export const trustedSignerOf = async (
  host: Host,
  { name }: Principal,
  trust: ArchiveSeal | undefined,
): Promise<TrustedSigner | null> => {
  if (trust === undefined || (await knownSigners(host)).isKnown(trust.verifyKey)) return null;
  return { ...trust, by: name, at: timestamp(host.clock) };
};
