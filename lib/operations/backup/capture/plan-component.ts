/** Plans one component of a backup, in as many calls as that takes. Each call leaves in the catalog how far it came. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Planned } from '../../../components/component-kind.ts';
import { componentFor } from '../../../components/index.ts';
import { isRetryable } from '../../../model/errors.ts';
import type { CapturePlan, CaptureWork } from '../../../model/records/capture.ts';
import { type Hold, put } from '../../../ports/catalog/catalog.ts';
import { commitAll } from '../../task/commit-all.ts';
import { leaseFrom } from '../../task/lock-lease.ts';
import type { RunLog } from '../../task/run-log.ts';
import { portsOf, type TaskContext } from '../../task/task-context.ts';
import { writeFailure } from './capture-failure.ts';
import { settingsOf } from './component-settings.ts';

export interface ComponentPlanning {
  readonly component: string;
  /** Undefined at the first call. */
  readonly before: CapturePlan | undefined;
  readonly stopsNext: () => boolean;
  readonly log: RunLog;
}

/**
 * One call's share of the planning of a component. That it is planned is written after all that its tasks capture, so a
 * call that is killed leaves nothing that counts. A component that cannot be read is written down as FAILED.
 *
 * @throws `fence_lost`, and errors that end the backup
 */
export const planComponent = async (
  context: TaskContext,
  hold: Hold,
  planning: ComponentPlanning,
): Promise<CapturePlan> => {
  const { host, signal } = context;
  const { component, before, log } = planning;
  const planOf = (found: Omit<CapturePlan, 'backupId' | 'component'>): CapturePlan => ({
    backupId: hold.operationId,
    component,
    ...found,
  });
  const keep = async (plan: CapturePlan): Promise<CapturePlan> => {
    await host.catalog.commit([put('capturePlan', plan)], { under: hold, leaseUntil: leaseFrom(host.clock) });
    return plan;
  };
  let planned: Planned;
  try {
    planned = await patiently(() => askComponent(context, hold, planning), signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const failed = planOf({ state: 'FAILED', cursor: null, tasks: [], expectedBytes: 0 });
    await writeFailure(host, hold, { component, shard: 0 }, thrown, log, [put('capturePlan', failed)]);
    return failed;
  }
  if ('cursor' in planned) {
    if (before === undefined) log.info(`component ${component}: its planning goes on in another call`);
    return keep(planOf({ state: 'COUNTING', cursor: planned.cursor, tasks: [], expectedBytes: null }));
  }
  const { shards, expectedBytes } = planned;
  const works = shards.map((shard): CaptureWork => ({ ...shard, backupId: hold.operationId, component }));
  await commitAll(
    host,
    works.map((work) => put('captureWork', work)),
    { under: hold },
  );
  const tasks = shards.map(({ shard }) => shard);
  return keep(planOf({ state: 'PLANNED', cursor: null, tasks, expectedBytes }));
};

const askComponent = async (
  { host, signal }: TaskContext,
  hold: Hold,
  { component: id, before, stopsNext, log }: ComponentPlanning,
): Promise<Planned> => {
  const component = componentFor(settingsOf(host, id));
  const task = { ...portsOf(host), log: log.child({ component: id }), signal, backupId: hold.operationId };
  if (before === undefined) await component.check(task);
  return component.plan({ ...task, cursor: before?.cursor ?? null, stopsNext });
};

const TRIES = 5;

/** A source that does not answer now is asked again, for half a minute in all. */
const patiently = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  for (let tried = 1; ; tried++)
    try {
      return await work();
    } catch (thrown) {
      if (tried === TRIES || !isRetryable(thrown)) throw thrown;
      await pause(1000 * 2 ** tried, undefined, { signal });
    }
};
