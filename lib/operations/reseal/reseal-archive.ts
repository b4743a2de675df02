import type { OpenedArchive } from '../../archive/reader/open.ts';
import { ArchiveWriter } from '../../archive/writer/archive-writer.ts';
import type { ArchiveTail } from '../../archive/writer/tail.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { ResealRecord } from '../../model/records/reseal.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import type { Part } from '../../ports/object-store.ts';
import { signerOf } from '../backup/seal-archive.ts';
import { completeOperation } from '../engine/complete-operation.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { standingFile } from '../stored/archive-owner.ts';
import { archiveObject } from '../stored/archive-source.ts';
import { joinInCalls } from '../stored/join-in-calls.ts';
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { resealedBackup } from '../stored/resealed-backup.ts';
import { changeRecord, getRecord, markStep } from '../task/operation-record.ts';
import type { TaskContext } from '../task/task-context.ts';
import { requireReadBack } from '../verify/pass-ranges.ts';
import { resealedPass, trustedPass } from './reseal-passes.ts';

/**
 * Puts a new end on an archive: the key sealed anew, the manifest that says so, this installation's signature. All
 * before it is copied by the store, and the old archive stands until the new one is whole. Stops when the host's time runs
 * short (`done` false), and is called again. May be repeated after a crash.
 */
export const resealArchive = async (context: TaskContext, hold: Hold): Promise<{ done: boolean }> => {
  const { host } = context;
  await markStep(host, hold, 'reseal', 'reseal-archive');
  const record = await getRecord(host, 'reseal', hold.operationId);
  const backup = await getRecord(host, 'backup', record.backupId);
  if (await hasLanded(host, backup, record)) return { done: true };
  const archive = await openBackupArchive(host, backup, { trust: record.trustedSigner ?? undefined });
  if (record.trusted) await requireRead(host, hold, archive);
  const key = archiveObject(host, backup);
  const { bytes, offset, manifestSha256 } = await newTail(host, record, archive);
  await changeRecord(host, 'reseal', record.id, (now) => ({ ...now, manifestSha256 }), { under: hold });
  // Made anew by each call, the end is the same: it says nothing of the time, and Ed25519 signs alike.
  const parts: Part[] = [{ copy: key, offset: 0, length: offset }, { bytes }];
  const placed = await joinInCalls(context, hold, {
    name: 'resealed',
    parts,
    join: (steps) => host.objects.composeInSteps(record.id, key, parts, { overwrite: true, steps }),
  });
  return { done: placed !== undefined };
};

/** Our signature replaces a stranger's, so the whole archive must have been read before. */
const requireRead = async (host: Host, hold: Hold, { signature }: OpenedArchive): Promise<void> => {
  const { manifestSha256 } = await requireReadBack(host, hold, trustedPass.name);
  if (manifestSha256 !== signature.manifestSha256)
    throw new HoldfastError(
      'internal',
      `re-seal ${hold.operationId} has read an archive that is not the one to re-seal`,
    );
};

/** An earlier try has put the new archive in its place: it only has to be read back. */
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
    throw new HoldfastError('internal', `the sealed key of re-seal ${record.id} is missing`);
  return new ArchiveWriter(manifest).end(
    {
      completedAt: manifest.completedAt,
      encryption: { mode: 'key', keyId: record.keyId },
      components: manifest.components,
      members: manifest.members.slice(0, -1),
      sealedKey: Buffer.from(sealed.record.sealed, 'base64'),
    },
    await signerOf(host),
  );
};

/** Ends a re-seal after every byte of the new archive was read back: only then is it a SUCCESS. */
export const completeReseal = async (context: TaskContext<OperatingHost>, hold: Hold): Promise<void> => {
  const { host } = context;
  const { sha256 } = await requireReadBack(host, hold, resealedPass.name);
  await changeRecord(host, 'reseal', hold.operationId, (now) => ({ ...now, sha256 }), { under: hold });
  await completeOperation(context, hold);
};
