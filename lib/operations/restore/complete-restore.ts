import { ownValue } from '../../archive/own-value.ts';
import type { ComponentRestore, RestoreRecord } from '../../model/records/restore.ts';
import type { Hold } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { endOperation } from '../workflow/end-operation.ts';
import { componentError } from '../workflow/fail-operation.ts';
import { changeRecord, getRecord, markStep } from '../workflow/operation-record.ts';
import type { TaskContext } from '../workflow/task-context.ts';
import { refusalIn } from './plan-refusal.ts';

/** The end of a restore: a dry run's once it is planned, REFUSED where the restore itself would be; else FAILED when a component failed, PARTIAL when something of one was left out, else SUCCESS. */
export const completeRestore = async ({ host }: TaskContext, hold: Hold): Promise<void> => {
  const restore = await getRecord(host, 'restore', hold.operationId);
  if (restore.dryRun) {
    const error = refusalIn(restore.plan ?? {});
    return endOperation(host, hold, error === undefined ? { state: 'SUCCESS' } : { state: 'REFUSED', error });
  }
  await markStep(host, hold, 'restore', 'complete-restore');
  await changeRecord(
    host,
    'restore',
    restore.id,
    (record) => ({ ...record, afterwards: afterwardsOf(host, record) }),
    { under: hold },
  );
  const failed = Object.entries(restore.components).filter(([, { state }]) => state === 'FAILED');
  const [first] = failed;
  if (first !== undefined) {
    const [id, component] = first;
    const others = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
    await endOperation(host, hold, {
      state: 'FAILED',
      error: componentError(component, `component ${id}: ${component.shortError}${others}`),
    });
    return;
  }
  const partial = Object.values(restore.components).some(({ state }) => state === 'PARTIAL');
  await endOperation(host, hold, { state: partial ? 'PARTIAL' : 'SUCCESS' });
};

/** What the configuration says is to be done, of the components that are back. */
const afterwardsOf = (host: Host, { components }: RestoreRecord): string[] => {
  const restored = (component: ComponentRestore | undefined): boolean =>
    component?.state === 'SUCCESS' || component?.state === 'PARTIAL';
  return host.config.components.flatMap(({ id, afterRestore }) =>
    afterRestore !== undefined && restored(ownValue(components, id)) ? [`${id}: ${afterRestore}`] : [],
  );
};
