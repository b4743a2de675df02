import { componentFor } from '../../components/index.ts';
import type { Home } from '../../model/access/permissions.ts';
import type { ComponentRestore } from '../../model/records/restore.ts';
import type { Host } from '../../ports/host.ts';

/**
 * Whose places a restore writes to: the domain of the component that the configuration captures from there. What it
 * captures nothing from, or writes otherwise, may be anybody's, and belongs to the whole installation.
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
