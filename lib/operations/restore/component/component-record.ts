import type { ComponentRestore, RestoreRecord } from '../../../model/records/restore.ts';

/** Components of a restore, and beside them the short form that lists show: they change together. */
export const withStatus = (
  components: Record<string, ComponentRestore>,
): Pick<RestoreRecord, 'components' | 'componentStatus'> => ({
  components,
  componentStatus: Object.fromEntries(Object.entries(components).map(([id, { state }]) => [id, state])),
});
