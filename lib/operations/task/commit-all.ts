import type { Change, CommitOptions } from '../../ports/catalog/catalog.ts';
import { MAX_CHANGES } from '../../ports/catalog/catalog-limits.ts';
import type { Host } from '../../ports/host.ts';

/**
 * Makes any number of changes, in their order, by as many commits as needed. A crash leaves only the first ones made,
 * so use it for changes that may be repeated.
 *
 * @throws what a commit throws; the commits before it are made
 */
export const commitAll = async (
  { catalog }: Pick<Host, 'catalog'>,
  changes: readonly Change[],
  options?: CommitOptions,
): Promise<void> => {
  for (let first = 0; first < changes.length; first += MAX_CHANGES)
    await catalog.commit(changes.slice(first, first + MAX_CHANGES), options);
};
