import { createHash } from 'node:crypto';
import { canonicalJson } from '../../archive/canonical-json.ts';
import type { OpenedArchive } from '../../archive/container/open.ts';
import { type ArchiveTail, makeTail } from '../../archive/container/tail.ts';
import { manifestSchema } from '../../archive/format.ts';
import { verifyArchive } from '../../archive/verify/verify.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ResealRecord } from '../../model/records/travel.ts';
import type { Hold } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { archiveObject, openBackupArchive } from '../archives/archive-source.ts';
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
  const archive = await openBackupArchive(host, backup, { trustSigner: record.trusted });
  // An earlier try has landed.
  if (archive.signature.manifestSha256 === record.manifestSha256) return;
  // Our signature is to stand for what a stranger's stood for until now: so all of it is read first.
  if (record.trusted) await verifyArchive(archive, { pool: host.pool, signal });
  const key = archiveObject(host, backup);
  const { bytes, offset, manifest } = await newTail(host, record, archive);
  const manifestSha256 = createHash('sha256').update(canonicalJson(manifestSchema, manifest)).digest('hex');
  await changeRecord(host, 'reseal', record.id, (now) => ({ ...now, manifestSha256 }), { under: hold });
  await host.objects.compose(record.id, key, [{ copy: key, offset: 0, length: offset }, { bytes }], {
    overwrite: true,
  });
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
  const archive = await openBackupArchive(host, backup);
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
