/** Commits of what was read just before: what another commit has changed between is read again, or left to that. */
import { isConflict } from '../../model/errors.ts';
import type { Catalog, Change, CommitOptions } from '../../ports/catalog/catalog.ts';

const TRIES = 8;

/**
 * Commits what `make` says, and makes it anew where another commit came between.
 *
 * @param make reads, and says what is to change on condition that it still is as read; no changes are no commit
 * @returns the result that `make` gave with the changes that were made
 * @throws `conflict` after eight tries, and what else a commit throws; what `make` throws, at once
 */
export const commitFresh = async <T>(
  catalog: Catalog,
  make: () => Promise<{ readonly changes: readonly Change[]; readonly result: T }>,
  options?: CommitOptions,
): Promise<T> => {
  for (let tries = 1; ; tries++) {
    const { changes, result } = await make();
    if (changes.length === 0) return result;
    try {
      await catalog.commit(changes, options);
      return result;
    } catch (thrown) {
      if (tries >= TRIES || !isConflict(thrown)) throw thrown;
    }
  }
};

/** Whether the commit was made; false where another came before it, and has the say. @throws what else a commit throws */
export const commitUnlessTaken = async (catalog: Catalog, changes: readonly Change[]): Promise<boolean> => {
  try {
    await catalog.commit(changes);
    return true;
  } catch (thrown) {
    if (isConflict(thrown)) return false;
    throw thrown;
  }
};
