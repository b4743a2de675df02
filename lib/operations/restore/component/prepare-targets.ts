/**
 * What is done once for all tasks of a component that several tasks restore: before the first of them, such as making a
 * table, and after the last.
 */
import { NAMED_SKIPPED } from '../../../archive/manifest-bounds.ts';
import type { Component } from '../../../components/index.ts';
import { errorCodeOf, isRetryable, shortErrorOf } from '../../../model/errors.ts';
import type { RestoreCheckpoint } from '../../../model/records/restore.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import { getRecord } from '../../task/operation-record.ts';
import { isEnded, readParts } from '../../task/restore-states.ts';
import { openRunLog, type RunLog } from '../../task/run-log.ts';
import { isFenceLost } from '../../task/step-progress.ts';
import { type TaskContext, watchTime } from '../../task/task-context.ts';
import { type Following, openForRestore } from '../open-archive.ts';
import { PartRecord } from './part-record.ts';

/** New tables come into being side by side; an account makes some hundreds at once. */
const AT_ONCE = 16;

/** Fewer than the state machine makes: the tasks of the component fail then, and not the whole restore. */
const TRIES = 4;

type Preparation = NonNullable<RestoreCheckpoint['preparation']>;
type Task = Parameters<Component['restore']>[0];

/** The two steps around the tasks of a component. */
interface Step {
  readonly name: 'prepare' | 'finish';
  isLeft(preparation: Preparation, own: readonly RestoreCheckpoint[]): boolean;
  run(
    component: Component,
    task: Task,
    keep: (change: Partial<Preparation>, beside?: Partial<RestoreCheckpoint>) => Promise<void>,
    first: RestoreCheckpoint,
  ): Promise<void>;
}

const prepare: Step = {
  name: 'prepare',
  isLeft: ({ done, tries }) => !done && tries < TRIES,
  run: async (component, task, keep) => {
    await component.sharedRestore(task)?.prepare?.(task);
    await keep({ done: true, shortError: '', errorCode: null });
  },
};

const finish: Step = {
  name: 'finish',
  isLeft: ({ done, finished }, own) => done && !finished && own.every(isEnded),
  run: async (component, task, keep, first) => {
    const reasons = (await component.sharedRestore(task)?.finish?.(task)) ?? [];
    const skipped = reasons.map((reason) => ({ path: task.target, reason }));
    await keep(
      { finished: true },
      skipped.length > 0
        ? {
            skipped: [...skipped, ...first.skipped].slice(0, NAMED_SKIPPED),
            skippedCount: first.skippedCount + skipped.length,
            state: first.state === 'SUCCESS' ? 'PARTIAL' : first.state,
          }
        : {},
    );
  },
};

/**
 * Makes the targets ready. What cannot be made ready is written down, and its tasks fail with the reason; the other
 * components go on. Called again until it is done.
 *
 * @throws `fence_lost`; `unavailable`, some times, once all others were tried
 */
export const prepareTargets = (context: TaskContext, hold: Hold): Promise<{ done: boolean }> =>
  each(context, hold, prepare);

/** Finishes the targets of all components whose tasks have ended. Called again until it is done. @throws as `prepareTargets` */
export const finishTargets = (context: TaskContext, hold: Hold): Promise<{ done: boolean }> =>
  each(context, hold, finish);

const each = async (context: TaskContext, hold: Hold, step: Step): Promise<{ done: boolean }> => {
  const { host } = context;
  const timeIsShort = watchTime(context);
  const log = openRunLog(host, hold, `restore-${step.name}`);
  const parts = await readParts(host, hold.operationId);
  const left = parts.filter(
    ({ component, preparation }) =>
      preparation !== undefined &&
      step.isLeft(
        preparation,
        parts.filter((one) => one.component === component),
      ),
  );
  if (left.length === 0) return { done: true };
  const restore = await getRecord(host, 'restore', hold.operationId);
  const open = await openForRestore(context, restore);
  while (left.length > 0 && !timeIsShort()) {
    const ended = await Promise.allSettled(
      left.splice(0, AT_ONCE).map((first) => one({ context, hold, open, log }, first, step)),
    );
    for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason;
  }
  await log.flush();
  return { done: left.length === 0 };
};

interface Stepping {
  readonly context: TaskContext;
  readonly hold: Hold;
  readonly open: Awaited<ReturnType<typeof openForRestore>>;
  readonly log: RunLog;
}

const one = async (
  { context: { host, signal }, hold, open, log }: Stepping,
  first: RestoreCheckpoint,
  step: Step,
): Promise<void> => {
  const record = new PartRecord(host, hold, first);
  let now = first.preparation;
  const keep = (change: Partial<Preparation>, beside: Partial<RestoreCheckpoint> = {}): Promise<void> => {
    now = now && { ...now, ...change };
    return record.write({ ...beside, ...(now && { preparation: now }) });
  };
  const following: Following = {
    cursor: now?.cursor ?? null,
    progress: () => undefined,
    checkpointDue: () => false,
    checkpoint: async (_, cursor) => {
      await keep({ cursor });
      return 'continue';
    },
  };
  const { component, task } = open(first.component, log, following);
  try {
    await record.write({});
    await step.run(component, task, keep, first);
  } catch (thrown) {
    if (signal.aborted || isFenceLost(thrown)) throw thrown;
    log.error(`component ${first.component}: ${shortErrorOf(thrown)}`);
    const tries = isRetryable(thrown) ? (now?.tries ?? 0) + 1 : TRIES;
    await keep({ tries, shortError: shortErrorOf(thrown), errorCode: errorCodeOf(thrown) });
    if (step.name === 'finish' || tries < TRIES) throw thrown;
  }
};
