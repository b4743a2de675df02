/**
 * Commits that depend on a read just before: after a change in between, they read again, or leave it to the other
 * commit.
 */
import { isConflict } from '../../model/errors.ts';
import type { Catalog, Change, CommitOptions } from '../../ports/catalog/catalog.ts';

const TRIES = 8;

/**
 * Commits the changes that `make` returns, and calls it again when another commit was first.
 *
 * @param make reads, and returns changes on condition that the records are still as read; without changes nothing is
 * committed
 * @returns the result that `make` returned with the committed changes
 * @throws `conflict` after eight tries; any other error of a commit, and what `make` throws, at once
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

/** Whether the commit was made; false when another was first, which then counts. @throws any other error of a commit */
export const commitUnlessTaken = async (catalog: Catalog, changes: readonly Change[]): Promise<boolean> => {
  try {
    await catalog.commit(changes);
    return true;
  } catch (thrown) {
    if (isConflict(thrown)) return false;
    throw thrown;
  }
};
