/**
 * How a backup's work is given to its tasks: the workflow's state names the tasks, the catalog says what each captures.
 */
import { HoldfastError } from '../../../model/errors.ts';
import type { CapturePlan, CaptureWork } from '../../../model/records/capture.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';

type CatalogHost = Pick<Host, 'catalog'>;

/** One element of the list that the state machine's Map walks. */
export interface CaptureTaskName {
  readonly component: string;
  readonly shard: number;
}

/** Step Functions passes at most 256 KiB from state to state, and the list is not all of it. */
export const MAX_LIST_BYTES = 240_000;

/**
 * Names the tasks of a backup that is planned.
 *
 * @throws `component_failed` when there are more tasks than one workflow can hold
 */
export const nameTasks = (plans: readonly CapturePlan[]): CaptureTaskName[] => {
  const names = plans.flatMap(({ component, shards }) =>
    Array.from({ length: shards }, (_, shard): CaptureTaskName => ({ component, shard })),
  );
  const bytes = Buffer.byteLength(JSON.stringify(names));
  if (bytes <= MAX_LIST_BYTES) return names;
  throw new HoldfastError(
    'component_failed',
    `this backup would take ${names.length} tasks, and one workflow holds about ${Math.floor((names.length * MAX_LIST_BYTES) / bytes)} of them: back its components up in several schedules, some of them in each`,
  );
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
    `backup ${hold.operationId} knows no task ${shard} of component ${component}: it has ended, and its task ends here`,
  );
};
