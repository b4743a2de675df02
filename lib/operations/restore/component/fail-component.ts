import { errorCodeOf, shortErrorOf } from '../../../model/errors.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import { type CaughtError, errorOf } from '../../engine/fail-operation.ts';
import { openRunLog } from '../../task/run-log.ts';
import type { TaskContext } from '../../task/task-context.ts';
import type { RestoreWork } from '../open-archive.ts';
import { writeComponent } from './component-record.ts';

/**
 * Writes down that a component's restore failed for good: after all retries, or because the task ended before it could
 * do so itself. The other components go on.
 *
 * @throws `fence_lost`
 */
export const failComponent = async (
  { host }: TaskContext,
  hold: Hold,
  { component: id }: RestoreWork,
  caught: CaughtError,
): Promise<{ done: true }> => {
  const error = errorOf(caught);
  const shortError = shortErrorOf(error);
  await writeComponent(host, hold, id, { state: 'FAILED', shortError, errorCode: errorCodeOf(error) });
  const log = openRunLog(host, hold, `restore/${id}`);
  log.error(`component ${id}: ${shortError}`);
  await log.flush();
  return { done: true };
};
