import type { ByteSource } from '../../archive/container/byte-source.ts';
import { type OpenedArchive, openArchive } from '../../archive/container/open.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { shellWord } from '../../model/shell-word.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';

/** The store's key of a backup's archive. */
export const archiveObject = (host: Host, record: Pick<BackupRecord, 'fileName' | 'backupPath'>): string =>
  host.objects.locate(record.fileName, record.backupPath);

/** An archive in the store, to be read by ranges. @throws `not_found` when its file is gone. */
export const archiveSource = async (
  host: Host,
  record: Pick<BackupRecord, 'id' | 'fileName' | 'backupPath'>,
): Promise<ByteSource> => {
  const key = archiveObject(host, record);
  if ((await host.objects.stat(key)) === undefined)
    throw new HoldfastError(
      'not_found',
      `the archive file "${record.fileName}" of backup ${record.id} is no longer in ${record.backupPath}; bring it back, or delete the backup`,
    );
  return objectSource(host, key);
};

/** Any object of the store, to be read by ranges. @throws `not_found` */
export const objectSource = async (host: Host, key: string): Promise<ByteSource> => {
  const found = await host.objects.stat(key);
  if (found === undefined) throw new HoldfastError('not_found', `there is no ${key} in the store`);
  const { readBytes } = host.objects;
  const path = host.objects.filePath?.(key);
  return {
    size: found.bytes,
    read: (offset, length) => host.objects.read(key, offset, length),
    ...(readBytes !== undefined && { readBytes }),
    ...(path !== undefined && { path }),
  };
};

/** Is this verify key (raw, base64) one this installation trusts: its own, or an imported one? */
export const trustedVerifyKeys = async (host: Host): Promise<(verifyKey: string) => boolean> => {
  const trusted = new Set<string>();
  for await (const { publicKey } of everyRecord(host, 'verifyKey')) trusted.add(publicKey);
  return (verifyKey) => trusted.has(verifyKey);
};

/**
 * Opens a backup's archive: signature first, then whose it is. A sound archive of another backup under its name is
 * refused: nobody asked for that one.
 *
 * @param trustSigner accept any valid signature; for a restore that was asked to.
 * @throws `not_found`, `archive_*`; `archive_mismatch` for the archive of another backup
 */
export const openBackupArchive = async (
  host: Host,
  record: BackupRecord,
  { trustSigner = false } = {},
): Promise<OpenedArchive> => {
  const trusted = await trustedVerifyKeys(host);
  const archive = await openArchive(await archiveSource(host, record), { trust: () => true });
  const { verifyKey } = archive.signature;
  if (!trustSigner && !trusted(verifyKey)) throw signerUnknown(archive.manifest.installation, verifyKey);
  assertOwn(record, archive.manifest.backupId);
  return archive;
};

/** @throws `archive_mismatch` unless what stands under the backup's name is its own. */
export const assertOwn = (
  { id, fileName, backupPath }: Pick<BackupRecord, 'id' | 'fileName' | 'backupPath'>,
  owner: string,
): void => {
  if (owner === id) return;
  throw new HoldfastError(
    'archive_mismatch',
    `the file "${fileName}" in ${backupPath} is not the archive of backup ${id}: it is that of backup ${owner}. ` +
      `Bring the own file of ${id} back under that name, or delete ${id}, which leaves the file of ${owner} alone`,
    { details: { backupId: id, found: owner } },
  );
};

/** Whether a backup's archive was signed by somebody trusted here. */
export const isSignerTrusted = async (host: Host, archive: OpenedArchive): Promise<boolean> =>
  (await trustedVerifyKeys(host))(archive.signature.verifyKey);

const signerUnknown = (installation: string, verifyKey: string): HoldfastError =>
  new HoldfastError(
    'archive_signer_unknown',
    `this archive is signed by an installation that is not known here: it calls itself ${shellWord(installation)}, its verify key is ${verifyKey}. ` +
      'Compare that with what "holdfast verify-key show" says there, then import it here: ' +
      `holdfast verify-key import ${verifyKey} --installation ${shellWord(installation)}; or upload a key file from there, which brings it; or trust it for this once, which is recorded`,
    { details: { installation, verifyKey } },
  );
