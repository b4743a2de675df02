/** The commits of one task among many that work for the same operation at once. */
import type { Change, CommitOptions, Hold } from '../../ports/catalog/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { leaseFrom } from './lock-lease.ts';

interface TaskHost {
  readonly clock: Clock;
  readonly catalog: {
    commit(changes: readonly Change[], options: CommitOptions): Promise<void>;
  };
}

/**
 * A twentieth of the lease. The real time is random, up to twice that, so that tasks that begin together do not keep
 * meeting at the lock.
 */
const RENEW_MILLISECONDS = 60_000;

/**
 * The first commit is made under the lock, and then one every minute or two, which prolongs the lease; those in between
 * are fenced by the task's own records (`own`), so that a thousand tasks do not wait for each other at one item. For
 * that, each commit must put a record again that the first one has put: the task's summary.
 *
 * @returns a commit. It throws `fence_lost` when the operation has ended, else as the catalog's
 */
export const taskCommits = (
  { catalog, clock }: TaskHost,
  hold: Hold,
): ((changes: readonly Change[]) => Promise<void>) => {
  let renewAt = 0;
  return async (changes) => {
    const now = clock.now().getTime();
    if (now < renewAt) return catalog.commit(changes, { own: hold });
    await catalog.commit(changes, { under: hold, leaseUntil: leaseFrom(clock) });
    renewAt = now + RENEW_MILLISECONDS * (1 + Math.random());
  };
};
