import type { RestoreResult } from '../../../components/component-kind.ts';
import { errorCodeOf, HoldfastError, isRetryable, shortErrorOf } from '../../../model/errors.ts';
import type { RestoreCheckpoint } from '../../../model/records/restore.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { componentError } from '../../task/component-error.ts';
import { getRecord } from '../../task/operation-record.ts';
import { isEnded, readParts } from '../../task/restore-states.ts';
import { openRunLog, type RunLog } from '../../task/run-log.ts';
import { isFenceLost, progressWriter } from '../../task/step-progress.ts';
import { type TaskContext, watchTime } from '../../task/task-context.ts';
import { openForRestore } from '../open-archive.ts';
import type { RestoreWork } from '../plan/restore-parts.ts';
import { countsOf, PartRecord, readPart } from './part-record.ts';

/**
 * One task of a restore: a component, or a part of one. Ends at a checkpoint when the host's time runs short (`done`
 * false) and is called again with the same input; after a crash, too, it goes on from its last checkpoint. Its failure
 * is written down and does not stop the others: in an emergency, everything that can be restored should be. The restore
 * as a whole is then FAILED, and names the component.
 *
 * @throws `fence_lost`, as soon as that is found: no write to the target is begun any more, and writes under way have
 * ended or were given up (a store may still carry out a request that was sent); and `unavailable`, which the workflow
 * tries again, and finally has `failComponent` write down.
 */
export const restoreComponent = async (
  context: TaskContext,
  hold: Hold,
  work: RestoreWork,
): Promise<{ done: boolean }> => {
  const { host, signal } = context;
  const found = await readPart(host, hold, work);
  if (isEnded(found)) return { done: true };
  const log = openRunLog(host, hold, `restore/${work.component}/${work.shard}`);
  const timeIsShort = watchTime(context);
  const part = new PartRecord(host, hold, found);
  await part.write({ state: 'IN_PROGRESS' });
  try {
    await requirePrepared(host, hold, work);
    return await attempt(context, hold, { log, timeIsShort, part });
  } catch (thrown) {
    if (signal.aborted || isFenceLost(thrown)) throw thrown;
    if (isRetryable(thrown)) {
      log.warn(`${nameOf(found)}: ${shortErrorOf(thrown)}; the restore tries again`);
      throw thrown;
    }
    log.error(
      `${nameOf(found)}: ${shortErrorOf(thrown)}`,
      thrown instanceof Error && thrown.stack !== undefined ? { stack: thrown.stack } : {},
    );
    try {
      // What was restored stays there, and is counted.
      await part.write({
        state: 'FAILED',
        shortError: shortErrorOf(thrown),
        errorCode: errorCodeOf(thrown),
      });
    } catch (later) {
      // The restore ends here, with the first error.
      log.warn(`${nameOf(found)}: its failure could not be recorded: ${shortErrorOf(later)}`);
      throw thrown;
    }
    return { done: true };
  }
};

/** A task in the log. */
export const nameOf = ({ component, shard, shards }: RestoreCheckpoint): string =>
  shards === 1 ? `component ${component}` : `component ${component}, part ${shard + 1} of ${shards}`;

/** @throws why the target was not made ready for the tasks of the component */
const requirePrepared = async (host: Host, hold: Hold, { component }: RestoreWork): Promise<void> => {
  const { preparation } = await readPart(host, hold, { component, shard: 0 });
  if (preparation === undefined || preparation.done) return;
  throw componentError(
    preparation,
    preparation.shortError || 'its target was not made ready; restore it once more',
  );
};

interface AttemptOptions {
  readonly log: RunLog;
  readonly timeIsShort: () => boolean;
  readonly part: PartRecord;
}

const attempt = async (
  context: TaskContext,
  hold: Hold,
  { log, timeIsShort, part }: AttemptOptions,
): Promise<{ done: boolean }> => {
  const { host } = context;
  const { component: id, shard, shards, from, to, manifestSha256 } = part.now;
  type Done = { bytes: number; entries: number };
  const shown = (done: Done): Done => {
    const { bytes, entries } = part.total({ ...done, skipped: [], skippedCount: 0 });
    return { bytes, entries };
  };
  const progress = progressWriter(host, log, (done: Done) => part.write(shown(done)));
  const signal = AbortSignal.any([context.signal, progress.lost]);
  const restore = await getRecord(host, 'restore', hold.operationId);
  const open = await openForRestore({ ...context, signal }, restore);
  const { component, task } = open(id, log, {
    ...part.following(timeIsShort),
    ...(shards > 1 && { part: { from, to } }),
    acceptedElsewhere: () => acceptedElsewhere(host, hold, { component: id, shard }),
    progress: (done) => {
      part.show(shown(done));
      progress.report(done);
    },
  });
  if (task.archive.signature.manifestSha256 !== manifestSha256)
    throw new HoldfastError(
      'archive_mismatch',
      `the archive was exchanged while it was restored: what stands there is not the one that restore ${restore.id} began with`,
    );
  let result: RestoreResult;
  try {
    result = await component.restore(task);
  } finally {
    await progress.settled();
    // This is the true cause, whatever error the component's kind made of it.
    progress.lost.throwIfAborted();
  }
  const counts = countsOf(part.total(result));
  const { bytes, entries, kept = 0 } = counts;
  const name = nameOf(part.now);
  if (!result.done) {
    log.info(`${name}: continues in another call`, { bytes, entries });
    return { done: false };
  }
  const { bitsLeftOut: left = { count: 0, paths: [] }, failure, taken } = result;
  await part.write({
    ...counts,
    ...endOf(failure, counts.skippedCount),
    ...(taken && { taken }),
    ...(left.count > 0 && { bitsLeftOut: { count: left.count, paths: [...left.paths] } }),
  });
  if (failure !== undefined) {
    log.error(`${name}: ${shortErrorOf(failure)}`);
    return { done: true };
  }
  log.info(`${name}: restored to ${task.target}`, { bytes, entries, ...(kept > 0 && { kept }) });
  if (left.count > 0) log.warn(`${name}: restored without setuid and setgid`, { entries: left.count });
  return { done: true };
};

const endOf = (
  failure: HoldfastError | undefined,
  skippedCount: number,
): Pick<RestoreCheckpoint, 'state'> & Partial<RestoreCheckpoint> =>
  failure === undefined
    ? { state: skippedCount > 0 ? 'PARTIAL' : 'SUCCESS' }
    : { state: 'FAILED', shortError: shortErrorOf(failure), errorCode: errorCodeOf(failure) };

const acceptedElsewhere = async (
  host: Host,
  { operationId }: Hold,
  { component, shard }: RestoreWork,
): Promise<boolean> => {
  const parts = await readParts(host, operationId);
  return parts.some((other) => other.component === component && other.shard !== shard && other.entries > 0);
};
