import { HEAD_NAME } from '../../archive/member-names.ts';
import { componentFor } from '../../components/index.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { CaptureGroup, CapturePlan } from '../../model/records/capture.ts';
import { type Hold, put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { archiveObject } from '../stored/archive-source.ts';
import { getRecord, markStep } from '../task/operation-record.ts';
import { openRunLog, type RunLog } from '../task/run-log.ts';
import { type TaskContext, watchTime } from '../task/task-context.ts';
import { archiveWriterOf } from './backup-writer.ts';
import {
  componentsOf,
  HEAD_COMPONENT,
  readSummaries,
  readTaskGroups,
  refuseIfNone,
} from './capture/capture-summaries.ts';
import { type CaptureTaskName, firstList, openTasks, readPlans } from './capture/capture-work.ts';
import { settingsOf } from './capture/component-settings.ts';
import { planComponent } from './capture/plan-component.ts';

/** What the definition does after a call of `planBackup`. */
export interface PlanStep {
  /** Every task is at its end: what was captured can be sealed. */
  readonly done: boolean;
  /** Every component is planned. False: call again. */
  readonly planned: boolean;
  /** What is captured now, before the next call. */
  readonly tasks: CaptureTaskName[];
}

/**
 * Checks every component before anything is captured, and cuts the work into tasks. A component that cannot be read is
 * written down as FAILED, and the backup goes on without it. Stops when the host's time runs short (`planned` false),
 * and is called again; what is planned by then is in the catalog. Once all is planned, each call names the tasks that
 * are not at their end, as many as one list holds. May be repeated after a crash.
 *
 * @throws the first such component's code, with all of them named, when none is left or a required one is missing
 */
export const planBackup = async (context: TaskContext, hold: Hold): Promise<PlanStep> => {
  const { host } = context;
  const record = await getRecord(host, 'backup', hold.operationId);
  const log = openRunLog(host, hold, 'plan');
  const before = await readPlans(host, record.id);
  if (!isPlanned(record, before)) await markStep(host, hold, 'backup', 'plan-backup');
  try {
    const plans = await planComponents(context, hold, { record, before, log });
    if (plans === undefined) {
      await log.flush();
      return { done: false, planned: false, tasks: [] };
    }
    const summaries = await readSummaries(host, record.id);
    refuseIfNone(host, componentsOf(host, record, summaries));
    await writeHead(host, hold, record, plans);
    await log.flush();
    const open = openTasks(plans, summaries);
    await markStep(host, hold, 'backup', 'capture', { expectedBytes: expectedBytesOf(plans) });
    return { done: open.length === 0, planned: true, tasks: firstList(open) };
  } catch (thrown) {
    await log.tryFlush();
    throw thrown;
  }
};

type Plans = ReadonlyMap<string, CapturePlan>;

const isPlanned = ({ components }: BackupRecord, plans: Plans): boolean =>
  Object.keys(components).every((id) => plans.has(id) && plans.get(id)?.state !== 'COUNTING');

/** Undefined when there is more to plan, in another call. */
const planComponents = async (
  context: TaskContext,
  hold: Hold,
  { record, before, log }: { record: BackupRecord; before: Plans; log: RunLog },
): Promise<CapturePlan[] | undefined> => {
  const { host } = context;
  const stopsNext = watchTime(context);
  if (before.size === 0) {
    log.info(`backup ${record.id} of ${Object.keys(record.components).join(', ')} begins`, {
      by: record.createdBy,
    });
    await host.objects.open(record.id, archiveObject(host, record));
  }
  const plans: CapturePlan[] = [];
  let worked = false;
  for (const component of Object.keys(record.components)) {
    let plan = before.get(component);
    if (plan === undefined || plan.state === 'COUNTING') {
      // Each call gets further, however little time it has.
      if (worked && stopsNext()) return undefined;
      plan = await planComponent(context, hold, { component, before: plan, stopsNext, log });
      worked = true;
    }
    if (plan.state === 'COUNTING') return undefined;
    plans.push(plan);
  }
  return plans;
};

const expectedBytesOf = (plans: readonly CapturePlan[]): number | null =>
  plans.reduce<number | null>(
    (sum, { expectedBytes }) => (sum === null || expectedBytes === null ? null : sum + expectedBytes),
    0,
  );

/** Stores the members that precede the first segment, once. */
const writeHead = async (
  host: Host,
  hold: Hold,
  record: BackupRecord,
  plans: readonly CapturePlan[],
): Promise<void> => {
  const head = { component: HEAD_COMPONENT, shard: 0 };
  if ((await readTaskGroups(host, record.id, head)).length > 0) return;
  const { bytes, members } = archiveWriterOf(host, record).begin({
    components: plans
      .filter(({ state }) => state === 'PLANNED')
      .map(({ component: id }) => {
        const { kind, content } = componentFor(settingsOf(host, id));
        return { id, kind, ...content };
      }),
  });
  const piece = await host.objects.putPiece(record.id, HEAD_NAME, [bytes]);
  const group: CaptureGroup = {
    backupId: record.id,
    ...head,
    group: 0,
    members: [...members],
    pieces: [piece],
    sourceBytes: 0,
    entries: 0,
    skippedCount: 0,
    skipped: [],
    cursor: null,
  };
  await host.catalog.commit([put('captureGroup', group)], { under: hold });
};
