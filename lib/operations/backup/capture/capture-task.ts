import { cutText, MAX_SKIPPED_REASON, NAMED_SKIPPED } from '../../../archive/manifest-bounds.ts';
import { componentFor } from '../../../components/index.ts';
import { errorCodeOf, isRetryable, shortErrorOf } from '../../../model/errors.ts';
import type { CaptureSummary } from '../../../model/records/capture.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import { getRecord } from '../../task/operation-record.ts';
import { openRunLog, type RunLog } from '../../task/run-log.ts';
import { portsOf, type TaskContext } from '../../task/task-context.ts';
import { endsBackup } from './capture-failure.ts';
import { type CaptureTaskName, takeWork } from './capture-work.ts';
import { settingsOf } from './component-settings.ts';
import { lastEntries } from './last-entries.ts';
import { TaskSink } from './task-sink.ts';

/**
 * One task of a backup: streams its part of a component into the store. Ends at a checkpoint when the host's time runs
 * short (`done` false) and is called again with the same input; a minute later when its source is not ready yet
 * (`waits`). A failure is written down, and the other tasks go on.
 *
 * @throws `fence_lost`; `unavailable`, which the workflow tries again; and errors that end the backup, such as
 * `storage_full`
 */
export const capture = async (
  context: TaskContext,
  hold: Hold,
  task: CaptureTaskName,
): Promise<{ done: boolean; waits?: boolean }> => {
  const { host, signal } = context;
  const record = await getRecord(host, 'backup', hold.operationId);
  const work = await takeWork(host, hold, task);
  const component = componentFor(settingsOf(host, work.component));
  const log = openRunLog(host, hold, `capture/${work.component}/${work.shard}`);
  const sink = await TaskSink.open(context, hold, record, { work, kind: component.kind });
  try {
    const isFirst = sink.summary.sourceBytes === 0 && Object.keys(sink.summary.details).length === 0;
    if (isFirst) log.info(`component ${work.component}: capture begins`);
    const {
      done,
      waits = false,
      details,
      warnings = [],
      doubts = [],
    } = await component.capture({
      ...portsOf(host),
      log: log.child({ component: work.component }),
      signal,
      shard: work,
      cursor: sink.cursor,
      pool: host.pool,
      sink,
      recipient: record.archiveKey,
      segmentBytes: host.segmentBytes,
      compressionLevel: host.config.compressionLevel,
      lastEntries: () => lastEntries(host, record, work.component),
    });
    for (const warning of [...doubts, ...warnings]) log.warn(`component ${work.component}: ${warning}`);
    const { sourceBytes, entries } = sink.summary;
    if (done)
      log.info(`component ${work.component}: captured`, { sourceBytes, entries, skipped: sink.skippedCount });
    else if (!waits)
      log.info(`component ${work.component}: continues in another call`, { sourceBytes, entries });
    else if (isFirst) log.info(`component ${work.component}: waits until its source is ready`);
    await sink.write({
      state: done ? 'SUCCESS' : 'IN_PROGRESS',
      details,
      ...withDoubts(sink.summary, doubts),
      ...(warnings.length > 0 && { warnings: warnings.slice(0, NAMED_SKIPPED) }),
    });
    if (!signal.aborted) await log.flush();
    return { done, ...(waits && { waits }) };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    // If the workflow's retries do not help, `failCapture` writes the failure down.
    const ends = isRetryable(thrown) || endsBackup(thrown);
    await writeDown(thrown, { log, sink, component: work.component });
    if (ends) throw thrown;
    return { done: true };
  }
};

/** A doubt concerns the component as a whole, so it is listed under the root path. */
const withDoubts = (
  { skippedCount, skipped }: Readonly<CaptureSummary>,
  doubts: readonly string[],
): Pick<CaptureSummary, 'skippedCount' | 'skipped'> => ({
  skippedCount: skippedCount + doubts.length,
  skipped: [
    ...doubts.map((reason) => ({ path: '.', reason: cutText(reason, MAX_SKIPPED_REASON) })),
    ...skipped,
  ].slice(0, NAMED_SKIPPED),
});

/** Writes down the first error. An error while writing goes to the host's log only. */
const writeDown = async (
  thrown: unknown,
  { log, sink, component }: { log: RunLog; sink: TaskSink; component: string },
): Promise<void> => {
  const shortError = shortErrorOf(thrown);
  log.error(`component ${component}: ${shortError}`);
  try {
    await sink.write({ state: 'FAILED', shortError, errorCode: errorCodeOf(thrown) });
  } catch (later) {
    // The backup ends here, with the first error.
    log.warn(`component ${component}: its failure could not be recorded: ${shortErrorOf(later)}`);
    throw thrown;
  }
  await log.tryFlush();
};
