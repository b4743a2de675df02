import { ownValue } from '../../../archive/own-value.ts';
import type { ComponentRestore, RestoreRecord } from '../../../model/records/restore.ts';
import type { Change, Hold } from '../../../ports/catalog/catalog.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { leaseFrom } from '../../task/lock-lease.ts';
import { changeRecord } from '../../task/operation-record.ts';
import { withinRecord } from '../../task/within-record.ts';

/** Components of a restore, and beside them the short form that lists show: they change together. */
export const withStatus = (
  components: Record<string, ComponentRestore>,
): Pick<RestoreRecord, 'components' | 'componentStatus'> => ({
  components,
  componentStatus: Object.fromEntries(Object.entries(components).map(([id, { state }]) => [id, state])),
});

/**
 * Changes what a restore's record says of one component, under the fence, and prolongs the lease. `alongside` goes into
 * the same transaction.
 *
 * @throws `fence_lost`
 */
export const writeComponent = async (
  host: Host,
  hold: Hold,
  id: string,
  change: Partial<ComponentRestore>,
  alongside: readonly Change[] = [],
): Promise<void> => {
  await changeRecord(
    host,
    'restore',
    hold.operationId,
    (record) => {
      const before = ownValue(record.components, id);
      if (before === undefined) return record;
      const changed = { ...record.components, [id]: { ...before, ...change } };
      const components = change.skipped === undefined ? changed : withinRecord(changed);
      const sum = (of: (component: ComponentRestore) => number) =>
        Object.values(components).reduce((total, c) => total + of(c), 0);
      return {
        ...record,
        ...withStatus(components),
        progress: {
          ...record.progress,
          step: 'restore',
          sourceBytes: sum(({ bytes }) => bytes),
          entries: sum(({ entries }) => entries),
          updatedAt: timestamp(host.clock),
        },
      };
    },
    { under: hold, leaseUntil: leaseFrom(host.clock), alongside: () => [...alongside] },
  );
};
