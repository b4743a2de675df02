import type { ComponentSummary, Member } from '../../archive/format.ts';
import { ownValue } from '../../archive/own-value.ts';
import type { ArchiveWriter } from '../../archive/writer/archive-writer.ts';
import type { ArchiveSigner, ArchiveTail } from '../../archive/writer/tail.ts';
import { HoldfastError, toHoldfastError } from '../../model/errors.ts';
import type { BackupRecord, ComponentBackup } from '../../model/records/backup.ts';
import type { CaptureGroup, Piece } from '../../model/records/capture.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { Part } from '../../ports/object-store.ts';
import { archiveObject } from '../stored/archive-source.ts';
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { changeRecord, getRecord, markStep } from '../task/operation-record.ts';
import { openRunLog, readRunLog } from '../task/run-log.ts';
import type { TaskContext } from '../task/task-context.ts';
import { archiveWriterOf } from './backup-writer.ts';
import {
  componentsOf,
  manifestComponents,
  readGroups,
  readSummaries,
  refuseIfNone,
} from './capture/capture-summaries.ts';
import { sealedAs } from './place-archive.ts';

/**
 * Joins what the captures have written into one object, server-side, followed by the sealed key, the manifest and its
 * signature. Only now the archive becomes visible: under its name or, when it may overwrite, under a name of its own
 * until it is verified. May be repeated after a crash.
 *
 * @throws `file_exists` when another file took the name meanwhile and the request did not say to overwrite;
 * `component_failed` and others when no component could be read, or a required one could not.
 */
export const sealArchive = async ({ host }: TaskContext, hold: Hold): Promise<void> => {
  await markStep(host, hold, 'backup', 'seal-archive');
  const record = await getRecord(host, 'backup', hold.operationId);
  const log = openRunLog(host, hold, 'seal');
  const summaries = await readSummaries(host, record.id);
  const captured = componentsOf(host, record, summaries);
  refuseIfNone(host, captured);
  const components = manifestComponents(host, captured, summaries);
  const { members, parts } = await capturedParts(host, record, captured);
  const writer = archiveWriterOf(host, record);
  if (record.includeLogs) {
    const written = await writer.log(await readRunLog(host, record.id));
    members.push(written.member);
    parts.push({ bytes: Buffer.concat(writer.frame(written)) });
  }
  const tail = await tailOf(host, record, writer, { components, members });
  const { archiveBytes, manifestSha256 } = await compose(host, record, parts, tail);
  log.info('archive sealed', { members: members.length, archiveBytes });
  await log.flush();
  await changeRecord(host, 'backup', record.id, (now) => ({ ...now, archiveBytes, manifestSha256 }), {
    under: hold,
  });
};

/**
 * The members in their order in the archive. If the store keeps pieces in one file, that is the order in which they
 * were written, which saves a second copy; but the members of a component that several tasks captured must be put into
 * the component's order. Members of a FAILED component are left out.
 */
const capturedParts = async (
  host: Host,
  record: BackupRecord,
  components: Readonly<Record<string, ComponentBackup>>,
): Promise<{ members: Member[]; parts: Part[] }> => {
  const all = await readGroups(host, record.id);
  const groups = all.filter(({ component }) => ownValue(components, component)?.state !== 'FAILED');
  const written = groups.flatMap(pairs);
  const inOneFile = written.every(({ piece }) => typeof piece.at === 'number');
  if (inOneFile && groups.every(({ shard }) => shard === 0))
    written.sort((a, b) => Number(a.piece.at) - Number(b.piece.at));
  return {
    members: written.flatMap(({ members }) => members),
    parts: written.map(({ piece }) => ({ piece })),
  };
};

/** Each piece with the members that it holds: one; the head's piece holds two. */
const pairs = ({ members, pieces }: CaptureGroup): { piece: Piece; members: Member[] }[] => {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return [{ piece: only, members }];
  return pieces.map((piece, index) => ({ piece, members: members.slice(index, index + 1) }));
};

const tailOf = async (
  host: Host,
  record: BackupRecord,
  writer: ArchiveWriter,
  captured: {
    readonly components: Readonly<Record<string, ComponentSummary>>;
    readonly members: readonly Member[];
  },
): Promise<ArchiveTail> => {
  const sealed = await host.catalog.get('sealedKey', record.id);
  if (sealed === undefined)
    throw new HoldfastError('internal', `the sealed key of backup ${record.id} is gone`);
  return writer.end(
    {
      ...captured,
      completedAt: timestamp(host.clock),
      encryption: record.encryption,
      sealedKey: Buffer.from(sealed.record.sealed, 'base64'),
    },
    await signerOf(host),
  );
};

/** The installation as the signer of manifests. */
export const signerOf = async (host: Host): Promise<ArchiveSigner> => ({
  verifyKey: Buffer.from(await host.vault.verifyKey()).toString('base64'),
  sign: (message) => host.vault.sign(message),
});

type Sealed = Pick<ArchiveTail, 'archiveBytes' | 'manifestSha256'>;

/**
 * Composes the archive. If the file exists already, returns what it holds: an earlier try may have succeeded, with a
 * different end, although its answer was lost.
 */
const compose = async (
  host: Host,
  record: BackupRecord,
  parts: readonly Part[],
  tail: ArchiveTail,
): Promise<Sealed> => {
  const sealed = sealedAs(record);
  const all = [...parts, { bytes: tail.bytes }];
  try {
    await host.objects.compose(record.id, archiveObject(host, sealed), all, { overwrite: false });
    return tail;
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError && thrown.code === 'file_exists')) throw thrown;
    return (await landed(host, sealed)) ?? Promise.reject(thrown);
  }
};

/** The archive of this backup under our own signature, which nobody else can have made. */
const landed = async (host: Host, sealed: BackupRecord): Promise<Sealed | undefined> => {
  try {
    const { archiveBytes, signature } = await openBackupArchive(host, sealed);
    return { archiveBytes, manifestSha256: signature.manifestSha256 };
  } catch (thrown) {
    if (toHoldfastError(thrown).code === 'unavailable') throw thrown;
    host.log.debug('what has the name is not the archive', { reason: String(thrown) });
    return undefined;
  }
};
