import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import type { ComponentRestore } from '../../model/records.ts';
import type { Hold } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { NAMED_SKIPPED } from '../backup/captured.ts';
import { leaseFrom } from '../workflow/lock-lease.ts';
import { changeRecord, getRecord } from '../workflow/operation-record.ts';
import { openRunLog } from '../workflow/run-log.ts';
import { progressWriter } from '../workflow/step-progress.ts';
import type { TaskContext } from '../workflow/task-context.ts';
import { openForRestore, type RestoreWork } from './open-archive.ts';

/**
 * Restores one component. Its failure is written to the record and does not stop the others: in a bad hour, what can
 * come back should. The restore as a whole is then FAILED, and says which.
 */
export const restoreComponent = async (
  context: TaskContext,
  hold: Hold,
  { component: id }: RestoreWork,
): Promise<void> => {
  const { host, signal } = context;
  const restore = await getRecord(host, 'restore', hold.operationId);
  const log = openRunLog(host, hold, `restore/${id}`);
  const write = (change: Partial<ComponentRestore>) => writeComponent(host, hold, id, change);
  await write({ state: 'IN_PROGRESS' });
  const progress = progressWriter(host, log, write);
  try {
    const open = await openForRestore(context, restore);
    const { component, task } = open(id, log, progress.report);
    const result = await component.restore(task);
    await progress.settled();
    await write({
      state: result.skippedCount > 0 ? 'PARTIAL' : 'SUCCESS',
      bytes: result.bytes,
      entries: result.entries,
      skippedCount: result.skippedCount,
      skipped: result.skipped.slice(0, NAMED_SKIPPED),
    });
    log.info(`component ${id}: restored to ${task.target}`, { bytes: result.bytes, entries: result.entries });
  } catch (thrown) {
    await progress.settled();
    if (signal.aborted || isFenceLost(thrown)) throw thrown;
    log.error(
      `component ${id}: ${shortErrorOf(thrown)}`,
      thrown instanceof Error && thrown.stack !== undefined ? { stack: thrown.stack } : {},
    );
    try {
      await write({ state: 'FAILED', shortError: shortErrorOf(thrown) });
    } catch (later) {
      // Then the restore ends here, and by the error that came first.
      log.warn(`component ${id}: its failure could not be recorded: ${shortErrorOf(later)}`);
      throw thrown;
    }
  }
};

const isFenceLost = (thrown: unknown): boolean =>
  thrown instanceof HoldfastError && thrown.code === 'fence_lost';

const writeComponent = async (
  host: Host,
  hold: Hold,
  id: string,
  change: Partial<ComponentRestore>,
): Promise<void> => {
  await changeRecord(
    host,
    'restore',
    hold.operationId,
    (record) => {
      const before = record.components[id];
      if (before === undefined) return record;
      const components = { ...record.components, [id]: { ...before, ...change } };
      const sum = (of: (component: ComponentRestore) => number) =>
        Object.values(components).reduce((total, c) => total + of(c), 0);
      return {
        ...record,
        components,
        componentStatus: Object.fromEntries(
          Object.entries(components).map(([name, { state }]) => [name, state]),
        ),
        progress: {
          ...record.progress,
          step: 'restore',
          sourceBytes: sum(({ bytes }) => bytes),
          entries: sum(({ entries }) => entries),
          updatedAt: timestamp(host.clock),
        },
      };
    },
    { under: hold, leaseUntil: leaseFrom(host.clock) },
  );
};
