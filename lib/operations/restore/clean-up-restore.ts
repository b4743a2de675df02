import { shortErrorOf } from '../../model/errors.ts';
import type { Host } from '../../ports/host.ts';
import { restoreComponentFor } from './component/restore-component-for.ts';
import { viewRestore } from './component/restored-components.ts';

/** Removes what an unfinished restore has left beside its targets. What it already put in place stays. */
export const cleanUpRestore = async (host: Host, restoreId: string): Promise<void> => {
  const record = (await host.catalog.get('restore', restoreId))?.record;
  if (record === undefined || record.dryRun) return;
  const { components } = await viewRestore(host, record);
  for (const [id, { kind, target, state }] of Object.entries(components)) {
    if (state === 'PENDING') continue;
    try {
      const { component } = restoreComponentFor(host, { id, kind, target });
      await component.cleanUp({ secrets: host.secrets, target, restoreId, log: host.log });
    } catch (thrown) {
      host.log.warn(
        `temporary files of restore ${restoreId} may be left in ${target}: ${shortErrorOf(thrown)}`,
        {
          component: id,
        },
      );
    }
  }
};
