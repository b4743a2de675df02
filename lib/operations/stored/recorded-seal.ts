/** Tells a backup's archive from other files, by its record; and words the refusals of those. */
import type { OpenOptions, Trust } from '../../archive/reader/open.ts';
import { HoldfastError } from '../../model/errors.ts';
import { idSchema } from '../../model/ids.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { ArchiveSeal, RecordedSeal } from '../../model/records/seal.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';

/** A backup's archive: its name, and what the record says of it. */
export type RecordedArchive = Pick<BackupRecord, 'id' | 'fileName' | 'backupPath' | 'progress'> &
  RecordedSeal;

/** The verify keys (raw, base64) known here. */
export interface KnownSigners {
  /** Whether the key is this installation's own, or an imported one. */
  isKnown(verifyKey: string): boolean;
  isOwn(verifyKey: string): boolean;
}

/** How an installation opens archives: those of unknown signers with narrower limits, large manifests on threads. */
export const opening = (
  host: Pick<Host, 'readers'>,
  { isKnown }: KnownSigners,
  trust: Trust,
): OpenOptions => ({ trust, known: isKnown, threads: host.readers });

export const knownSigners = async (host: Host): Promise<KnownSigners> => {
  const known = new Map<string, boolean>();
  for await (const { publicKey, own } of everyRecord(host, 'verifyKey')) known.set(publicKey, own);
  return { isKnown: (key) => known.has(key), isOwn: (key) => known.get(key) === true };
};

/** Whether the record names its manifest. Records of 0.1.0 do not, until their archive is next opened. */
export const namesManifest = (record: RecordedSeal): record is RecordedSeal & { manifestSha256: string } =>
  record.manifestSha256 !== undefined && record.manifestSha256 !== '';

/** Whether a file with that seal is the recorded archive, as far as the record tells. */
export const isRecorded = (record: RecordedSeal, seal: ArchiveSeal, { isOwn }: KnownSigners): boolean => {
  const { signedBy } = record;
  const bySigner =
    signedBy === undefined || (signedBy === null ? isOwn(seal.verifyKey) : signedBy === seal.verifyKey);
  return bySigner && (!namesManifest(record) || record.manifestSha256 === seal.manifestSha256);
};

/** The refusal of a file that replaced the archive: it has the archive's name, and claims its id. */
export const exchanged = (record: RecordedArchive, found: ArchiveSeal): HoldfastError => {
  const { id, fileName, backupPath, signedBy = null, manifestSha256 = '' } = record;
  const signer = signedBy === null ? 'by this installation' : `with the verify key ${signedBy}`;
  const manifest = manifestSha256 === '' ? 'not recorded' : manifestSha256;
  return new HoldfastError(
    'archive_mismatch',
    `the file "${fileName}" in ${backupPath} is not the archive that backup ${id} has recorded: the file was exchanged, and nothing of it was used. ` +
      `Put the file of ${id} back under that name; deleting ${id} does not delete the file that is there now. ` +
      `Recorded: signed ${signer}, SHA-256 of the manifest ${manifest}; found: signed with the verify key ${found.verifyKey}, SHA-256 of the manifest ${found.manifestSha256}`,
    {
      details: {
        backupId: id,
        expected: { verifyKey: signedBy, manifestSha256: manifestSha256 === '' ? null : manifestSha256 },
        found: { ...found },
      },
    },
  );
};

/** The refusal of an intact archive of another backup under the name; `owner` is what the file itself says. */
export const ofAnother = (
  { id, fileName, backupPath }: Pick<BackupRecord, 'id' | 'fileName' | 'backupPath'>,
  owner: string,
): HoldfastError => {
  const whose = idSchema.safeParse(owner).success ? `backup ${owner}` : JSON.stringify(owner.slice(0, 128));
  return new HoldfastError(
    'archive_mismatch',
    `the file "${fileName}" in ${backupPath} is not the archive of backup ${id}: it is that of ${whose}. ` +
      `Put the file of ${id} back under that name, or delete ${id}, which does not delete the file of ${whose}`,
    { details: { backupId: id, found: owner.slice(0, 128) } },
  );
};

/** The refusal when the request trusts another archive. */
export const trustsAnother = (
  { id }: RecordedArchive,
  given: ArchiveSeal,
  found: ArchiveSeal,
): HoldfastError =>
  new HoldfastError(
    'archive_mismatch',
    `the trust in this request is not for the archive of backup ${id}: it names the verify key ${given.verifyKey} and the manifest ${given.manifestSha256}; ` +
      `the archive is signed by ${found.verifyKey}, and the SHA-256 of its manifest is ${found.manifestSha256}. Look at it with "holdfast backup show ${id}", and name these two if you trust them`,
    { details: { backupId: id, expected: { ...given }, found: { ...found } } },
  );

/** The refusal of a signer that is not known here. `installation` is what the archive itself says. */
export const signerUnknown = (
  { id }: RecordedArchive,
  installation: string,
  { verifyKey, manifestSha256 }: ArchiveSeal,
): HoldfastError =>
  new HoldfastError(
    'archive_signer_unknown',
    `this archive is signed by an installation that is not known here: it calls itself ${shellWord(installation)}, its verify key is ${verifyKey}. ` +
      'Compare that with what "holdfast verify-key show" says there, then import it here: ' +
      `holdfast verify-key import ${verifyKey} --installation ${shellWord(installation)}; or upload a key file from there, which has the verify key too; ` +
      `or trust this one archive for this operation only, which is recorded: --trust ${verifyKey}:${manifestSha256}`,
    { details: { backupId: id, installation, verifyKey, manifestSha256 } },
  );

/** The refusal of an archive of an unknown signer, when the record cannot tell whether it is still the imported one. */
export const manifestUnrecorded = (
  { id }: RecordedArchive,
  installation: string,
  verifyKey: string,
): HoldfastError =>
  new HoldfastError(
    'archive_signer_unknown',
    `this archive is signed by an installation that is not known here: it calls itself ${shellWord(installation)}, its verify key is ${verifyKey}; ` +
      `and it was uploaded to an earlier version, which did not record the SHA-256 of its manifest. Import that verify key if you know whose it is; ` +
      `or verify the file first, which compares it with the upload and records that SHA-256, and then trust it: holdfast backup verify ${id}`,
    { details: { backupId: id, installation, verifyKey } },
  );
