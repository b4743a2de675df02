import { componentFor } from '../../components/index.ts';
import type { Home } from '../../model/access/permissions.ts';
import type { ComponentRestore } from '../../model/records/restore.ts';
import type { Host } from '../../ports/host.ts';

/**
 * Whose places a restore writes to: the domain of the component that the configuration captures from there. A place
 * that the configuration does not capture from, or names differently, may be anybody's, and counts as the whole
 * installation's.
 */
export const homesOfTargets = (
  host: Host,
  components: Readonly<Record<string, Pick<ComponentRestore, 'kind' | 'target'>>>,
): Home[] =>
  Object.values(components).flatMap(({ kind, target }) => {
    const owners = host.config.components.filter(
      (settings) => settings.kind === kind && componentFor(settings).target === target,
    );
    return owners.length === 0 ? [null] : owners.map(({ domain }) => domain);
  });
