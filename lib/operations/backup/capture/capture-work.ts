/**
 * How a backup's work is given to its tasks: the workflow's state names the tasks, the catalog says what each captures.
 */
import { HoldfastError } from '../../../model/errors.ts';
import type { CapturePlan, CaptureSummary, CaptureWork } from '../../../model/records/capture.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import { everyRecord } from '../../../ports/catalog/every-record.ts';
import type { Host } from '../../../ports/host.ts';

type CatalogHost = Pick<Host, 'catalog'>;

/** One element of the list that the state machine's Map walks. */
export interface CaptureTaskName {
  readonly component: string;
  readonly shard: number;
}

/** Step Functions passes at most 256 KiB from state to state, and the list is not all of it. */
export const MAX_LIST_BYTES = 240_000;

/** How far the planning of a backup is, by component. */
export const readPlans = async (host: CatalogHost, backupId: string): Promise<Map<string, CapturePlan>> => {
  const plans = new Map<string, CapturePlan>();
  for await (const plan of everyRecord(host, 'capturePlan', { group: backupId }))
    plans.set(plan.component, plan);
  return plans;
};

/** The tasks of a backup that are not at their end. Those of a component that has failed are not waited for. */
export const openTasks = (
  plans: readonly CapturePlan[],
  summaries: readonly CaptureSummary[],
): CaptureTaskName[] => {
  const states = new Map(summaries.map(({ component, shard, state }) => [`${component}/${shard}`, state]));
  const failed = new Set(
    summaries.filter(({ state }) => state === 'FAILED').map(({ component }) => component),
  );
  return plans
    .filter(({ component }) => !failed.has(component))
    .flatMap(({ component, tasks }) => tasks.map((shard): CaptureTaskName => ({ component, shard })))
    .filter(({ component, shard }) => states.get(`${component}/${shard}`) !== 'SUCCESS');
};

/** As many of the tasks as one list holds, and at least one. The others come in the list after it. */
export const firstList = (tasks: readonly CaptureTaskName[]): CaptureTaskName[] => {
  let bytes = 0;
  const end = tasks.findIndex((task) => {
    bytes += Buffer.byteLength(JSON.stringify(task)) + 1;
    return bytes > MAX_LIST_BYTES;
  });
  return tasks.slice(0, end < 0 ? undefined : Math.max(1, end));
};

/** What a task captures. @throws `fence_lost` when the backup has ended */
export const takeWork = async (
  host: CatalogHost,
  hold: Hold,
  { component, shard }: CaptureTaskName,
): Promise<CaptureWork> => {
  const found = await host.catalog.get('captureWork', `${hold.operationId}/${component}/${shard}`);
  if (found !== undefined) return found.record;
  throw new HoldfastError(
    'fence_lost',
    `backup ${hold.operationId} has no task ${shard} of component ${component}: the backup has ended, and this task ends too`,
  );
};
