import type { RestoreResult } from '../../../components/component-kind.ts';
import { errorCodeOf, isRetryable, shortErrorOf } from '../../../model/errors.ts';
import type { ComponentRestore } from '../../../model/records/restore.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import { getRecord } from '../../task/operation-record.ts';
import { openRunLog, type RunLog } from '../../task/run-log.ts';
import { isFenceLost, progressWriter } from '../../task/step-progress.ts';
import { type TaskContext, watchTime } from '../../task/task-context.ts';
import { openForRestore, type RestoreWork } from '../open-archive.ts';
import { writeComponent } from './component-record.ts';
import { openCheckpoints } from './restore-checkpoints.ts';

/**
 * Restores one component. Ends at a checkpoint when the host's time runs short (`done` false) and is called again with
 * the same input; after a crash, too, it goes on from its last checkpoint. Its failure is written to the record and
 * does not stop the others: in an emergency, everything that can be restored should be. The restore as a whole is then
 * FAILED, and names the component.
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
  const { component: id } = work;
  const log = openRunLog(host, hold, `restore/${id}`);
  const timeIsShort = watchTime(context);
  await writeComponent(host, hold, id, { state: 'IN_PROGRESS' });
  const reached: Reached = {};
  try {
    return await attempt(context, hold, work, { log, timeIsShort, reached });
  } catch (thrown) {
    if (signal.aborted || isFenceLost(thrown)) throw thrown;
    if (isRetryable(thrown)) {
      log.warn(`component ${id}: ${shortErrorOf(thrown)}; the restore tries again`);
      throw thrown;
    }
    log.error(
      `component ${id}: ${shortErrorOf(thrown)}`,
      thrown instanceof Error && thrown.stack !== undefined ? { stack: thrown.stack } : {},
    );
    try {
      await writeComponent(host, hold, id, {
        state: 'FAILED',
        // What was restored stays there.
        ...reached.counts,
        shortError: shortErrorOf(thrown),
        errorCode: errorCodeOf(thrown),
      });
    } catch (later) {
      // The restore ends here, with the first error.
      log.warn(`component ${id}: its failure could not be recorded: ${shortErrorOf(later)}`);
      throw thrown;
    }
    return { done: true };
  }
};

/** What was restored so far, as it was reported. */
interface Reached {
  counts?: { bytes: number; entries: number };
}

interface AttemptOptions {
  readonly log: RunLog;
  readonly timeIsShort: () => boolean;
  readonly reached: Reached;
}

const attempt = async (
  context: TaskContext,
  hold: Hold,
  { component: id }: RestoreWork,
  { log, timeIsShort, reached }: AttemptOptions,
): Promise<{ done: boolean }> => {
  const { host } = context;
  const { total, ...checkpoints } = await openCheckpoints(host, hold, id, timeIsShort);
  const progress = progressWriter(host, log, (done: { bytes: number; entries: number }) => {
    const { bytes, entries } = total({ ...done, skipped: [], skippedCount: 0 });
    return writeComponent(host, hold, id, { bytes, entries });
  });
  const signal = AbortSignal.any([context.signal, progress.lost]);
  const restore = await getRecord(host, 'restore', hold.operationId);
  const open = await openForRestore({ ...context, signal }, restore);
  const report = (done: { bytes: number; entries: number }): void => {
    const { bytes, entries } = total({ ...done, skipped: [], skippedCount: 0 });
    reached.counts = { bytes, entries };
    progress.report(done);
  };
  const { component, task } = open(id, log, { ...checkpoints, progress: report });
  let result: RestoreResult;
  try {
    result = await component.restore(task);
  } finally {
    await progress.settled();
    // This is the true cause, whatever error the component's kind made of it.
    progress.lost.throwIfAborted();
  }
  const { bytes, entries, kept = 0, skippedCount, skipped } = total(result);
  if (!result.done) {
    log.info(`component ${id}: continues in another call`, { bytes, entries });
    return { done: false };
  }
  const { bitsLeftOut: left = { count: 0, paths: [] }, failure } = result;
  const ended: Partial<ComponentRestore> =
    failure === undefined
      ? { state: skippedCount > 0 ? 'PARTIAL' : 'SUCCESS' }
      : { state: 'FAILED', shortError: shortErrorOf(failure), errorCode: errorCodeOf(failure) };
  await writeComponent(host, hold, id, {
    ...{ ...ended, bytes, entries, skippedCount, skipped: [...skipped] },
    ...(kept > 0 && { kept }),
    ...(left.count > 0 && { bitsLeftOut: { count: left.count, paths: [...left.paths] } }),
  });
  if (failure !== undefined) {
    log.error(`component ${id}: ${shortErrorOf(failure)}`);
    return { done: true };
  }
  log.info(`component ${id}: restored to ${task.target}`, { bytes, entries, ...(kept > 0 && { kept }) });
  if (left.count > 0)
    log.warn(`component ${id}: restored without setuid and setgid`, { entries: left.count });
  return { done: true };
};
