import { ownValue } from '../../archive/own-value.ts';
import type { HoldfastError } from '../../model/errors.ts';
import type { ComponentRestore, RestoreRecord } from '../../model/records/restore.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { type Ending, endOperation } from '../engine/end-operation.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { componentError } from '../task/component-error.ts';
import { changeRecord, getRecord, markStep } from '../task/operation-record.ts';
import type { TaskContext } from '../task/task-context.ts';
import { requireEnded } from './component/restored-components.ts';
import { refusalIn } from './plan/plan-refusal.ts';

/**
 * Ends a restore. A dry run ends once it is planned, as REFUSED when the restore itself would be refused. A restore is
 * FAILED when a component failed, PARTIAL when something of one was left out, else SUCCESS.
 */
export const completeRestore = async ({ host }: TaskContext<OperatingHost>, hold: Hold): Promise<void> => {
  const record = await getRecord(host, 'restore', hold.operationId);
  if (record.dryRun) return endOperation(host, hold, endOfDryRun(record, failureIn(record)));
  const restore = await requireEnded(host, hold, record);
  const failed = failureIn(restore);
  await markStep(host, hold, 'restore', 'complete-restore');
  await changeRecord(
    host,
    'restore',
    restore.id,
    (now) => ({ ...now, afterwards: afterwardsOf(host, restore) }),
    { under: hold },
  );
  if (failed !== undefined) return endOperation(host, hold, { state: 'FAILED', error: failed });
  const partial = Object.values(restore.components).some(({ state }) => state === 'PARTIAL');
  await endOperation(host, hold, { state: partial ? 'PARTIAL' : 'SUCCESS' });
};

const endOfDryRun = ({ plan }: RestoreRecord, failed: HoldfastError | undefined): Ending => {
  const refusal = refusalIn(plan ?? {});
  if (refusal !== undefined) return { state: 'REFUSED', error: refusal };
  return failed === undefined ? { state: 'SUCCESS' } : { state: 'FAILED', error: failed };
};

/** The first component that failed, with its reason, and how many more did. */
const failureIn = ({ components }: RestoreRecord): HoldfastError | undefined => {
  const failed = Object.entries(components).filter(([, { state }]) => state === 'FAILED');
  const [first] = failed;
  if (first === undefined) return undefined;
  const [id, component] = first;
  const others = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return componentError(component, `component ${id}: ${component.shortError}${others}`);
};

/** What the configuration says to do after a restore of these components. */
const afterwardsOf = (host: Host, { components }: RestoreRecord): string[] => {
  const restored = (component: ComponentRestore | undefined): boolean =>
    component?.state === 'SUCCESS' || component?.state === 'PARTIAL';
  return host.config.components.flatMap(({ id, afterRestore }) =>
    afterRestore !== undefined && restored(ownValue(components, id)) ? [`${id}: ${afterRestore}`] : [],
  );
};
