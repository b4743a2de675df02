import type { ComponentSummary, Member } from '../../archive/format.ts';
import { ownValue } from '../../archive/own-value.ts';
import type { ArchiveWriter } from '../../archive/writer/archive-writer.ts';
import type { ArchiveSigner, ArchiveTail } from '../../archive/writer/tail.ts';
import { HoldfastError, toHoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { CapturePlan, CaptureSummary, Piece } from '../../model/records/capture.ts';
import type { ArchiveEnd, JoiningRecord } from '../../model/records/joining.ts';
import { type Hold, put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { Part, PieceOptions } from '../../ports/object-store.ts';
import { archiveObject } from '../stored/archive-source.ts';
import { findJoining, joinInCalls, sha256OfParts } from '../stored/join-in-calls.ts';
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { commitFresh } from '../task/fresh-commit.ts';
import { leaseFrom } from '../task/lock-lease.ts';
import { changeRecord, getRecord, markStep } from '../task/operation-record.ts';
import { openRunLog, readRunLog } from '../task/run-log.ts';
import type { TaskContext } from '../task/task-context.ts';
import { archiveWriterOf } from './backup-writer.ts';
import {
  type CapturedParts,
  componentsOf,
  manifestComponents,
  readGroups,
  readSummaries,
  refuseIfNone,
} from './capture/capture-summaries.ts';
import { openTasks, readPlans } from './capture/capture-work.ts';
import { sealedAs } from './place-archive.ts';

/** What is joined under this name, of the joinings of a backup. */
const SEALED = 'sealed';

/**
 * Joins what the captures have written into one object, server-side, with the sealed key, the manifest and its
 * signature behind it. Here, and nowhere before, the archive becomes visible: under its name or, when it may overwrite,
 * under one of its own until it is verified. Stops when the host's time runs short (`done` false), and is called again. May
 * be repeated after a crash.
 *
 * @throws `file_exists` when another file took the name meanwhile and the request did not say to overwrite;
 * `component_failed` and others when no component could be read, or a required one could not.
 */
export const sealArchive = async (context: TaskContext, hold: Hold): Promise<{ done: boolean }> => {
  const { host } = context;
  await markStep(host, hold, 'backup', 'seal-archive');
  const record = await getRecord(host, 'backup', hold.operationId);
  const groups = await readGroups(host, record.id);
  const end = (await findJoining(host, hold, SEALED))?.end ?? (await keepEnd(host, hold, record, groups));
  const parts = [...capturedParts(groups, end.leftOut).parts, { piece: end.piece }];
  const sealed = await join(context, hold, record, parts, end);
  if (sealed === undefined) return { done: false };
  const { archiveBytes, manifestSha256 } = sealed;
  const log = openRunLog(host, hold, 'seal');
  log.info('archive sealed', { members: end.members, archiveBytes });
  await log.flush();
  await changeRecord(host, 'backup', record.id, (now) => ({ ...now, archiveBytes, manifestSha256 }), {
    under: hold,
  });
  return { done: true };
};

/** Makes the end of the archive, once for all calls; whichever of two calls keeps it first, that is it. */
const keepEnd = async (
  host: Host,
  hold: Hold,
  record: BackupRecord,
  groups: readonly CapturedParts[],
): Promise<ArchiveEnd> => {
  const made = await makeEnd(host, record, groups);
  const { parts } = capturedParts(groups, made.leftOut);
  const begun: JoiningRecord = {
    operationId: record.id,
    name: SEALED,
    partsSha256: sha256OfParts([...parts, { piece: made.piece }]),
    cursor: null,
    end: made,
  };
  return commitFresh(
    host.catalog,
    async () => {
      const before = (await findJoining(host, hold, SEALED))?.end;
      return before === undefined
        ? { changes: [put('joining', begun, 'absent')], result: made }
        : { changes: [], result: before };
    },
    { under: hold, leaseUntil: leaseFrom(host.clock) },
  );
};

const makeEnd = async (
  host: Host,
  record: BackupRecord,
  groups: readonly CapturedParts[],
): Promise<ArchiveEnd> => {
  const summaries = await readSummaries(host, record.id);
  refuseIfOpen(record, await readPlans(host, record.id), summaries);
  const captured = componentsOf(host, record, summaries);
  refuseIfNone(host, captured);
  const components = manifestComponents(host, captured, summaries);
  const leftOut = Object.keys(captured).filter((id) => ownValue(captured, id)?.state === 'FAILED');
  const { members, parts } = capturedParts(groups, leftOut);
  const writer = archiveWriterOf(host, record);
  const bytes: Uint8Array[] = [];
  if (record.includeLogs) {
    const written = await writer.log(await readRunLog(host, record.id));
    members.push(written.member);
    bytes.push(...writer.frame(written));
  }
  const { archiveBytes, manifestSha256, ...tail } = await tailOf(host, record, writer, {
    components,
    members,
  });
  const piece = await host.objects.putPiece(record.id, END_PIECE, [...bytes, tail.bytes], placeBehind(parts));
  return { piece, members: members.length, archiveBytes, manifestSha256, leftOut };
};

/**
 * @throws `internal` when a task is not at its end: then the workflow has left it out, and what was captured is no backup
 */
const refuseIfOpen = (
  { id, components }: BackupRecord,
  plans: ReadonlyMap<string, CapturePlan>,
  summaries: readonly CaptureSummary[],
): void => {
  // A backup that an earlier version began has no such plan.
  if (plans.size === 0) return;
  const [open] = openTasks([...plans.values()], summaries);
  const missing = open?.component ?? Object.keys(components).find((component) => !plans.has(component));
  if (missing !== undefined)
    throw new HoldfastError(
      'internal',
      `backup ${id} has not captured all that it planned of component ${missing}, so nothing of it can be sealed`,
    );
};

const END_PIECE = 'end';

/** Where the pieces stand in one file as they will in the archive, the end belongs right behind them. */
const placeBehind = (parts: readonly { readonly piece: Piece }[]): PieceOptions => {
  let at = 0;
  for (const { piece } of parts) {
    if (piece.at !== at) return {};
    at += piece.bytes;
  }
  return { at };
};

/**
 * The members in the order in which they will stand. Where the store keeps pieces in one file they stand as they came,
 * and need no second copy; but those of a component that several tasks captured have to be brought into its order.
 */
const capturedParts = (
  all: readonly CapturedParts[],
  leftOut: readonly string[],
): { members: Member[]; parts: { piece: Piece }[] } => {
  const groups = all.filter(({ component }) => !leftOut.includes(component));
  const written = groups.flatMap(pairs);
  const inOneFile = written.every(({ piece }) => typeof piece.at === 'number');
  if (inOneFile && groups.every(({ shard }) => shard === 0))
    written.sort((a, b) => Number(a.piece.at) - Number(b.piece.at));
  return {
    members: written.flatMap(({ members }) => members),
    parts: written.map(({ piece }) => ({ piece })),
  };
};

/** Each piece with the members it holds: one, but for the head's piece, which holds two. */
const pairs = ({ members, pieces }: CapturedParts): { piece: Piece; members: Member[] }[] => {
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
    throw new HoldfastError('internal', `the sealed key of backup ${record.id} is missing`);
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

/** Undefined when it goes on in another call. What has the name may be this very archive: of an earlier try whose answer was lost. */
const join = async (
  context: TaskContext,
  hold: Hold,
  record: BackupRecord,
  parts: readonly Part[],
  end: ArchiveEnd,
): Promise<Sealed | undefined> => {
  const { objects } = context.host;
  const sealed = sealedAs(record);
  const key = archiveObject(context.host, sealed);
  try {
    const made = await joinInCalls(context, hold, {
      name: SEALED,
      parts,
      join: (steps) => objects.composeInSteps(record.id, key, parts, { overwrite: false, steps }),
    });
    return made && end;
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError && thrown.code === 'file_exists')) throw thrown;
    return (await landed(context.host, sealed)) ?? Promise.reject(thrown);
  }
};

/** The archive of this backup under our own signature, which nobody else can have made. */
const landed = async (host: Host, sealed: BackupRecord): Promise<Sealed | undefined> => {
  try {
    const { archiveBytes, signature } = await openBackupArchive(host, sealed);
    return { archiveBytes, manifestSha256: signature.manifestSha256 };
  } catch (thrown) {
    if (toHoldfastError(thrown).code === 'unavailable') throw thrown;
    host.log.debug('the file of this name is not the archive', { reason: String(thrown) });
    return undefined;
  }
};
