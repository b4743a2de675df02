import { setTimeout as pause } from 'node:timers/promises';
import { HEAD_NAME } from '../../archive/member-names.ts';
import { type Component, componentFor } from '../../components/index.ts';
import { isRetryable } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { CaptureGroup } from '../../model/records/capture.ts';
import { type Hold, put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { archiveObject } from '../stored/archive-source.ts';
import { getRecord, markStep } from '../task/operation-record.ts';
import { openRunLog, type RunLog } from '../task/run-log.ts';
import { portsOf, type TaskContext } from '../task/task-context.ts';
import { archiveWriterOf } from './backup-writer.ts';
import { writeFailure } from './capture/capture-failure.ts';
import { componentsOf, HEAD_COMPONENT, readSummaries, refuseIfNone } from './capture/capture-summaries.ts';
import { type CaptureTaskName, handOutWork, type PlannedCapture } from './capture/capture-work.ts';
import { settingsOf } from './capture/component-settings.ts';

/**
 * Checks every component before anything is captured, and cuts the work into tasks. A component that cannot be read is
 * written down as FAILED, and the backup goes on without it.
 *
 * @throws the first such component's code, with all of them named, when none is left or a required one is missing
 */
export const planBackup = async (context: TaskContext, hold: Hold): Promise<{ tasks: CaptureTaskName[] }> => {
  const { host } = context;
  const record = await getRecord(host, 'backup', hold.operationId);
  const log = openRunLog(host, hold, 'plan');
  await markStep(host, hold, 'backup', 'plan-backup');
  log.info(`backup ${record.id} of ${Object.keys(record.components).join(', ')} begins`, {
    by: record.createdBy,
  });
  await host.objects.open(record.id, archiveObject(host, record));
  const planned: PlannedCapture[] = [];
  let expectedBytes: number | null = 0;
  try {
    for (const id of Object.keys(record.components)) {
      const plan = await planOrFail(context, hold, id, log);
      if (plan === undefined) continue;
      planned.push(...plan.shards.map((shard) => ({ component: id, ...shard })));
      expectedBytes =
        expectedBytes === null || plan.expectedBytes === null ? null : expectedBytes + plan.expectedBytes;
    }
    refuseIfNone(host, componentsOf(host, record, await readSummaries(host, record.id)));
  } catch (thrown) {
    await log.tryFlush();
    throw thrown;
  }
  await writeHead(host, hold, record, new Set(planned.map(({ component }) => component)));
  await log.flush();
  const tasks = await handOutWork(host, hold, planned);
  await markStep(host, hold, 'backup', 'capture', { expectedBytes });
  return { tasks };
};

type ComponentPlan = Awaited<ReturnType<Component['plan']>>;

/** Undefined: the component cannot be read, and that is written down. */
const planOrFail = async (
  { host, signal }: TaskContext,
  hold: Hold,
  id: string,
  log: RunLog,
): Promise<ComponentPlan | undefined> => {
  try {
    const component = componentFor(settingsOf(host, id));
    const backupId = hold.operationId;
    const task = { ...portsOf(host), log: log.child({ component: id }), signal, backupId };
    const plan = async (): Promise<ComponentPlan> => {
      await component.check(task);
      return component.plan(task);
    };
    return await patiently(plan, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    await writeFailure(host, hold, { component: id, shard: 0 }, thrown, log);
    return undefined;
  }
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

/** Stores the members that precede the first segment. */
const writeHead = async (
  host: Host,
  hold: Hold,
  record: BackupRecord,
  planned: ReadonlySet<string>,
): Promise<void> => {
  const { bytes, members } = archiveWriterOf(host, record).begin({
    components: Object.entries(record.components)
      .filter(([id]) => planned.has(id))
      .map(([id, { kind }]) => ({ id, kind, ...componentFor(settingsOf(host, id)).content })),
  });
  const piece = await host.objects.putPiece(record.id, HEAD_NAME, [bytes]);
  const group: CaptureGroup = {
    backupId: record.id,
    component: HEAD_COMPONENT,
    shard: 0,
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
