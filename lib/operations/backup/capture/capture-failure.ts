/** A component that could not be captured: written down, so that the backup can go on without it. */
import { ownValue } from '../../../archive/own-value.ts';
import { type ErrorCode, errorCodeOf, shortErrorOf, toHoldfastError } from '../../../model/errors.ts';
import type { CaptureSummary } from '../../../model/records/capture.ts';
import { type Change, type Hold, put } from '../../../ports/catalog/catalog.ts';
import { placementOf } from '../../../ports/catalog/placement.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { type CaughtError, errorOf } from '../../engine/fail-operation.ts';
import { getRecord } from '../../task/operation-record.ts';
import { openRunLog, type RunLog } from '../../task/run-log.ts';
import type { TaskContext } from '../../task/task-context.ts';
import type { CaptureTaskName } from './capture-work.ts';

/** Errors that are not a component's: the backup itself cannot go on. */
const OF_THE_BACKUP: readonly ErrorCode[] = ['fence_lost', 'cancelled', 'storage_full', 'place_unwritable'];

/** Whether a failure ends the whole backup, and not only its component. */
export const endsBackup = (thrown: unknown): boolean => OF_THE_BACKUP.includes(toHoldfastError(thrown).code);

/** @param alongside goes into the same transaction @throws `thrown` itself where it ends the backup; `fence_lost` */
export const writeFailure = async (
  host: Host,
  hold: Hold,
  { component, shard }: CaptureTaskName,
  thrown: unknown,
  log: RunLog,
  alongside: readonly Change[] = [],
): Promise<void> => {
  if (endsBackup(thrown)) throw thrown;
  const { id: backupId, components } = await getRecord(host, 'backup', hold.operationId);
  const shortError = shortErrorOf(thrown);
  log.error(
    `component ${component}: ${shortError}; the backup goes on without it`,
    thrown instanceof Error && thrown.stack !== undefined ? { stack: thrown.stack } : {},
  );
  const failure = { state: 'FAILED', shortError, errorCode: errorCodeOf(thrown) } as const;
  const fresh: CaptureSummary = {
    ...{ backupId, component, shard, kind: ownValue(components, component)?.kind ?? '' },
    capturedAt: timestamp(host.clock),
    ...{ sourceBytes: 0, entries: 0, skippedCount: 0, skipped: [], details: {} },
    ...failure,
  };
  const before = await host.catalog.get('captureSummary', placementOf('captureSummary', fresh).id);
  const failed: CaptureSummary = { ...(before?.record ?? fresh), ...failure };
  await host.catalog.commit([put('captureSummary', failed), ...alongside], { under: hold });
};

/**
 * Writes down a failure that remained after all retries, or that ended the task before it could do so itself. The other
 * components go on.
 *
 * @throws an error that ends the backup
 */
export const failCapture = async (
  { host }: TaskContext,
  hold: Hold,
  task: CaptureTaskName,
  caught: CaughtError,
): Promise<{ done: true }> => {
  const log = openRunLog(host, hold, `capture/${task.component}/${task.shard}`);
  await writeFailure(host, hold, task, errorOf(caught), log);
  await log.flush();
  return { done: true };
};
