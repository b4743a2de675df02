import type { Operation } from '../../model/records/operation.ts';
import type { RestoreRecord } from '../../model/records/restore.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { commitEnd, isLeftUndone } from '../engine/commit-end.ts';
import type { Finish, OperatingHost } from '../engine/kind-of-operation.ts';
import { readParts } from '../task/restore-states.ts';
import { cleanUpRestore } from './clean-up-restore.ts';
import { withStatus } from './component/component-record.ts';
import { withParts } from './component/restored-components.ts';

/** Ends a restore. An unfinished one leaves nothing half-restored beside its targets. */
export const endRestore = async (
  host: OperatingHost,
  hold: Hold,
  operation: Operation,
  finish: Finish,
): Promise<RestoreRecord> => {
  if (isLeftUndone(finish)) await cleanUpRestore(host, operation.id);
  const parts = await readParts(host, operation.id);
  return commitEnd(host, hold, operation, 'restore', (now) => {
    const record = withParts(host, now, parts);
    const components = structuredClone(record.components);
    for (const component of Object.values(components))
      if (isLeftUndone(finish) && component.state === 'IN_PROGRESS') component.state = 'FAILED';
    return { ...record, ...finish, ...withStatus(components) };
  });
};
