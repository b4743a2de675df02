/**
 * How a backup's work is given to its tasks: the workflow's state names the tasks, the catalog says what each captures.
 */
import type { Shard } from '../../../components/component-kind.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { CaptureWork } from '../../../model/records/capture.ts';
import { type Hold, put } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { commitAll } from '../../task/commit-all.ts';

type CatalogHost = Pick<Host, 'catalog'>;

/** One element of the list that the state machine's Map walks. */
export interface CaptureTaskName {
  readonly component: string;
  readonly shard: number;
}

export interface PlannedCapture extends Shard {
  component: string;
}

/** Step Functions passes at most 256 KiB from state to state, and the list is not all of it. */
export const MAX_LIST_BYTES = 240_000;

/**
 * Keeps what each task captures, and names the tasks. May be repeated.
 *
 * @throws `component_failed` when there are more tasks than one workflow can hold
 */
export const handOutWork = async (
  host: CatalogHost,
  hold: Hold,
  planned: readonly PlannedCapture[],
): Promise<CaptureTaskName[]> => {
  const names = planned.map(({ component, shard }) => ({ component, shard }));
  const bytes = Buffer.byteLength(JSON.stringify(names));
  if (bytes > MAX_LIST_BYTES)
    throw new HoldfastError(
      'component_failed',
      `this backup would take ${names.length} tasks, and one workflow holds about ${Math.floor((names.length * MAX_LIST_BYTES) / bytes)} of them: back its components up in several schedules, some of them in each`,
    );
  const changes = planned.map((one) =>
    put('captureWork', { ...one, backupId: hold.operationId } satisfies CaptureWork),
  );
  await commitAll(host, changes, { under: hold });
  return names;
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
