import type { OpenedArchive } from '../../archive/container/open.ts';
import { type ArchiveTail, makeTail } from '../../archive/container/tail.ts';
import { verifyArchive } from '../../archive/verify/verify.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { ResealRecord } from '../../model/records/travel.ts';
import type { Hold } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { standingFile } from '../archives/archive-owner.ts';
import { archiveObject } from '../archives/archive-source.ts';
import { openBackupArchive } from '../archives/open-backup-archive.ts';
import { resealedBackup } from '../archives/resealed-backup.ts';
import { signerOf } from '../backup/seal-archive.ts';
import { changeRecord, getRecord, markStep } from '../workflow/operation-record.ts';
import { stepProgress } from '../workflow/step-progress.ts';
import type { TaskContext } from '../workflow/task-context.ts';

/**
 * Puts a new end on an archive: the key sealed anew, the manifest that says so, this installation's signature. All
 * before it is copied by the store, and the old archive stands until the new one is whole. May be repeated after a
 * crash.
 */
export const resealArchive = async ({ host, signal }: TaskContext, hold: Hold): Promise<void> => {
  await markStep(host, hold, 'reseal', 'reseal-archive');
  const record = await getRecord(host, 'reseal', hold.operationId);
  const backup = await getRecord(host, 'backup', record.backupId);
  if (await hasLanded(host, backup, record)) return;
  const archive = await openBackupArchive(host, backup, { trust: record.trustedSigner ?? undefined });
  // Our signature is to stand for what a stranger's stood for until now: so all of it is read first.
  if (record.trusted) await verifyArchive(archive, { pool: host.pool, signal });
  const key = archiveObject(host, backup);
  const { bytes, offset, manifestSha256 } = await newTail(host, record, archive);
  await changeRecord(host, 'reseal', record.id, (now) => ({ ...now, manifestSha256 }), { under: hold });
  await host.objects.compose(record.id, key, [{ copy: key, offset: 0, length: offset }, { bytes }], {
    overwrite: true,
  });
};

/** An earlier try has put the new archive in its place: it is read back, and need not be made again. */
const hasLanded = async (host: Host, backup: BackupRecord, record: ResealRecord): Promise<boolean> => {
  if (record.manifestSha256 === '') return false;
  const standing = await standingFile(host, resealedBackup(backup, record));
  return standing.whose === 'own' && standing.seal !== undefined;
};

const newTail = async (
  host: Host,
  record: ResealRecord,
  { manifest }: OpenedArchive,
): Promise<ArchiveTail> => {
  const sealed = await host.catalog.get('sealedKey', record.id);
  if (sealed === undefined)
    throw new HoldfastError('internal', `the sealed key of re-seal ${record.id} is gone`);
  return makeTail(
    {
      head: manifest,
      completedAt: manifest.completedAt,
      encryption: { mode: 'key', keyId: record.keyId },
      components: manifest.components,
      members: manifest.members.slice(0, -1),
      sealedKey: Buffer.from(sealed.record.sealed, 'base64'),
    },
    await signerOf(host),
  );
};

/** Reads the new archive back, every byte: only then is the re-seal a SUCCESS, and its SHA-256 known. */
export const verifyResealed = async ({ host, signal }: TaskContext, hold: Hold): Promise<void> => {
  const record = await getRecord(host, 'reseal', hold.operationId);
  const backup = await getRecord(host, 'backup', record.backupId);
  const archive = await openBackupArchive(host, resealedBackup(backup, record));
  await markStep(host, hold, 'reseal', 'verify-archive', { expectedBytes: archive.archiveBytes });
  const progress = stepProgress(host, hold, 'reseal', 'verify-archive');
  const { sha256 = '' } = await verifyArchive(archive, {
    wholeFile: true,
    pool: host.pool,
    signal,
    onProgress: progress.report,
  });
  await progress.settled();
  await changeRecord(host, 'reseal', record.id, (now) => ({ ...now, sha256 }), { under: hold });
};
