/**
 * One pass over an archive, every byte of it or a sample: cut into ranges of members, which the state machine's Map
 * hands to a task each. A task that runs out of time writes down how far it is, and is called again.
 */

import type { PlacedMember } from '../../archive/layout/archive-layout.ts';
import { framedBytes } from '../../archive/layout/outer-tar.ts';
import type { OpenedArchive } from '../../archive/reader/open.ts';
import { chosenMembers, type Sample, verifyArchive } from '../../archive/verify/verify.ts';
import { HoldfastError, shortErrorOf, toHoldfastError } from '../../model/errors.ts';
import type { OperationKind } from '../../model/records/operation.ts';
import type { VerifyRange } from '../../model/records/verify-range.ts';
import { type Change, type Hold, put } from '../../ports/catalog/catalog.ts';
import { placementOf } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';
import { commitAll } from '../task/commit-all.ts';
import { markStep } from '../task/operation-record.ts';
import { isFenceLost, type ProgressWriter, progressWriter } from '../task/step-progress.ts';
import { taskCommits } from '../task/task-commits.ts';
import { type TaskContext, watchTime } from '../task/task-context.ts';
import { cutRanges, isWholePlan, readRanges } from './pass-ranges.ts';

/** What is read in a pass, and how. */
export interface PassSubject {
  readonly archive: OpenedArchive;
  /** @default all members */
  readonly sample?: Sample | undefined;
  /** The archive's private key, to open what is read. @default only the hashes of members */
  readonly identity?: (() => Promise<string>) | undefined;
  /**
   * When the file's SHA-256 is computed: always, by one task that reads the whole file; or only if one task reads all
   * of it anyway.
   */
  readonly wholeFile?: 'always' | 'if-one-task' | undefined;
}

export interface Pass {
  /** The pass's name, unique among the passes of a kind of operation. */
  readonly name: string;
  readonly kind: OperationKind;
  /** The step of the operation, and whether the bytes of the pass are its progress. */
  readonly step: string;
  readonly isProgress: boolean;
  /** Opens the archive; undefined when there is nothing to read. @throws when the archive is not the right one */
  readonly open: (host: Host, hold: Hold) => Promise<PassSubject | undefined>;
}

/** One element of the list that the state machine's Map walks. */
export interface RangeName {
  readonly range: number;
}

/**
 * Bytes that are read between two checks of the clock, and that are read again after a task is killed: at most a
 * quarter of a minute.
 */
const BATCH_BYTES = 512 * 1024 ** 2;

/**
 * Cuts what is to be read into ranges, and names them; an archive that one task reads has one range. May be repeated.
 *
 * @throws what opening the archive throws; `fence_lost`, `cancelled`
 */
export const planPass = async (
  { host }: TaskContext,
  hold: Hold,
  pass: Pass,
): Promise<{ tasks: RangeName[] }> => {
  await markStep(host, hold, pass.kind, pass.step);
  const subject = await pass.open(host, hold);
  if (subject === undefined) return { tasks: [] };
  const { archive } = subject;
  if (pass.isProgress)
    await markStep(host, hold, pass.kind, pass.step, { expectedBytes: archive.archiveBytes });
  const { manifestSha256 } = archive.signature;
  const planned = await readRanges(host, hold.operationId, pass.name);
  if (!isWholePlan(planned, manifestSha256)) {
    const fresh = freshRanges(host, hold, pass, subject);
    const left = planned.filter(({ range }) => range >= fresh.length);
    await commitAll(
      host,
      [
        ...left.map((one): Change => ({ remove: 'verifyRange', id: placementOf('verifyRange', one).id })),
        ...fresh.map((one) => put('verifyRange', one)),
      ],
      { under: hold },
    );
    return { tasks: fresh.map(({ range }) => ({ range })) };
  }
  return { tasks: planned.map(({ range }) => ({ range })) };
};

const freshRanges = (
  { verifyBytes }: Host,
  { operationId }: Hold,
  { name }: Pass,
  { archive, sample, identity, wholeFile }: PassSubject,
): VerifyRange[] => {
  const members = chosenMembers(archive, sample);
  // Ranges that are also decrypted take longer, so they are smaller.
  const most =
    wholeFile === 'always' ? Number.POSITIVE_INFINITY : verifyBytes / (identity === undefined ? 1 : 2);
  return cutRanges(members, most).map(({ from, to }, range, all) => ({
    ...{ operationId, pass: name, range, ranges: all.length },
    ...{ manifestSha256: archive.signature.manifestSha256, members: members.length },
    ...{ from, to, next: from, bytes: 0, sha256: '', failure: null },
  }));
};

/**
 * Reads one range, from where its last call stopped. Ends when the host's time runs short (`done` false), and is called
 * again with the same input.
 *
 * @throws the fault that reading finds, which is also written down, since a Map does not pass it on; `fence_lost`
 */
export const verifyRange = async (
  context: TaskContext,
  hold: Hold,
  pass: Pass,
  { range }: RangeName,
): Promise<{ done: boolean }> => {
  const { host } = context;
  const commit = taskCommits(host, hold);
  const keep = (now: VerifyRange): Promise<void> => commit([put('verifyRange', now)]);
  const begun: VerifyRange = { ...(await takeRange(host, hold, pass, range)), failure: null };
  if (begun.next === begun.to) return { done: true };
  try {
    await keep(begun);
    return await readOn(context, hold, pass, { begun, keep });
  } catch (thrown) {
    if (!context.signal.aborted && !isFenceLost(thrown)) await noteFailure(host, keep, begun, thrown);
    throw thrown;
  }
};

/** @throws `fence_lost` when the operation has ended */
const takeRange = async (host: Host, hold: Hold, pass: Pass, range: number): Promise<VerifyRange> => {
  const found = await host.catalog.get('verifyRange', `${hold.operationId}/${pass.name}/${range}`);
  if (found !== undefined) return found.record;
  throw new HoldfastError(
    'fence_lost',
    `operation ${hold.operationId} has no range ${range} of its archive: the operation has ended, and this task ends too`,
  );
};

/**
 * Adds why a range is not good, and keeps what was found good before. If it cannot be written, the fault is still
 * thrown.
 */
const noteFailure = async (
  host: Host,
  keep: (now: VerifyRange) => Promise<void>,
  { operationId, pass, range, ...begun }: VerifyRange,
  thrown: unknown,
): Promise<void> => {
  const { code } = toHoldfastError(thrown);
  try {
    const before = (await host.catalog.get('verifyRange', `${operationId}/${pass}/${range}`))?.record;
    const failure = { code, message: shortErrorOf(thrown) };
    await keep({ ...{ operationId, pass, range }, ...begun, ...before, failure });
  } catch (later) {
    host.log.warn('the fault of a range of the archive could not be recorded', {
      operationId,
      range,
      reason: shortErrorOf(later),
    });
  }
};

interface Reading {
  readonly begun: VerifyRange;
  readonly keep: (now: VerifyRange) => Promise<void>;
}

const readOn = async (
  context: TaskContext,
  hold: Hold,
  pass: Pass,
  { begun, keep }: Reading,
): Promise<{ done: boolean }> => {
  const { host, signal } = context;
  const isShort = watchTime(context);
  const subject = await pass.open(host, hold);
  if (subject === undefined || subject.archive.signature.manifestSha256 !== begun.manifestSha256)
    throw new HoldfastError(
      'archive_mismatch',
      `the archive was exchanged while it was read: the file is no longer the one that operation ${hold.operationId} began to read`,
    );
  const { archive, sample, identity, wholeFile } = subject;
  const members = chosenMembers(archive, sample);
  const key = await identity?.();
  // The hash of the file, and the check of contents against segments, cannot be made in pieces.
  const inOneGo = key !== undefined || (wholeFile !== undefined && begun.ranges === 1);
  let now = begun;
  const progress = progressOf(host, hold, pass, { begun, keep });
  while (now.next < now.to) {
    const to = inOneGo ? now.to : batchEnd(members, now, host.verifyBytes);
    const before = now;
    const found = await verifyArchive(archive, {
      ...(sample !== undefined && { sample }),
      range: { from: now.next, to },
      ...(key !== undefined && { identity: key }),
      wholeFile: wholeFile !== undefined && begun.ranges === 1 && now.next === 0 && to === members.length,
      pool: host.pool,
      signal: AbortSignal.any([signal, progress.lost]),
      onProgress: ({ bytesDone }) => progress.report({ sure: before, bytes: before.bytes + bytesDone }),
    });
    await progress.settled();
    now = { ...now, next: to, bytes: now.bytes + found.bytesVerified, sha256: found.sha256 ?? '' };
    await keep(now);
    if (now.next < now.to && isShort()) break;
  }
  if (pass.isProgress) await tellProgress(host, hold, pass);
  return { done: now.next === now.to };
};

const batchEnd = (
  members: readonly PlacedMember[],
  { next, to }: VerifyRange,
  verifyBytes: number,
): number => {
  const most = Math.min(BATCH_BYTES, verifyBytes / 8);
  let bytes = 0;
  for (let end = next; end < to; end += 1) {
    bytes += framedBytes(members[end]?.size ?? 0);
    if (bytes >= most) return end + 1;
  }
  return to;
};

/**
 * The only task of a pass writes its progress to the operation's record. One of several writes to its own record, since
 * a thousand would wait for each other at the operation's: there, each writes only at its end how far all are.
 */
const progressOf = (
  host: Host,
  hold: Hold,
  { kind, step, isProgress }: Pass,
  { begun, keep }: Reading,
): ProgressWriter<{ sure: VerifyRange; bytes: number }> =>
  progressWriter(host, host.log, async ({ sure, bytes }) => {
    // This is a sign of life only: the bytes under way are not verified yet.
    if (begun.ranges > 1) await keep(sure);
    else await markStep(host, hold, kind, step, isProgress ? { sourceBytes: bytes } : {});
  });

/** Writes how far all tasks are. If another task writes the same at this moment, that is enough. */
const tellProgress = async (host: Host, hold: Hold, { kind, step, name }: Pass): Promise<void> => {
  try {
    const ranges = await readRanges(host, hold.operationId, name);
    const sourceBytes = ranges.reduce((sum, { bytes }) => sum + bytes, 0);
    await markStep(host, hold, kind, step, { sourceBytes });
  } catch (thrown) {
    if (isFenceLost(thrown) || toHoldfastError(thrown).code === 'cancelled') throw thrown;
    host.log.debug('the progress of an operation could not be written', { reason: String(thrown) });
  }
};
