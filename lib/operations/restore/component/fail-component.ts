import { errorCodeOf, shortErrorOf } from '../../../model/errors.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import { type CaughtError, errorOf } from '../../engine/fail-operation.ts';
import { openRunLog } from '../../task/run-log.ts';
import type { TaskContext } from '../../task/task-context.ts';
import type { RestoreWork } from '../plan/restore-parts.ts';
import { PartRecord, readPart } from './part-record.ts';
import { nameOf } from './restore-component.ts';

/**
 * Writes down that a task of a restore failed for good: after all retries, or because it ended before it could do so
 * itself. The others go on.
 *
 * @throws `fence_lost`
 */
export const failComponent = async (
  { host }: TaskContext,
  hold: Hold,
  work: RestoreWork,
  caught: CaughtError,
): Promise<{ done: true }> => {
  const error = errorOf(caught);
  const shortError = shortErrorOf(error);
  const found = await readPart(host, hold, work);
  await new PartRecord(host, hold, found).write({
    state: 'FAILED',
    shortError,
    errorCode: errorCodeOf(error),
  });
  const log = openRunLog(host, hold, `restore/${work.component}/${work.shard}`);
  log.error(`${nameOf(found)}: ${shortError}`);
  await log.flush();
  return { done: true };
};
