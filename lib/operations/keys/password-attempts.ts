/**
 * Guessing is slow: attempts at a password are counted in the catalog, by who tries and by what is tried, before they
 * are made. So the count holds across functions, restarts and attempts side by side.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../model/errors.ts';
import type { PasswordAttempts } from '../../model/records.ts';
import { put, type Versioned } from '../../ports/catalog.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import type { Principal } from '../installation/principal.ts';

/** So many may fail before there is a wait. */
const FREE_ATTEMPTS = 5;
const FIRST_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 15 * 60;
/** After so long without an attempt, the count begins anew. */
const FORGOTTEN_MILLISECONDS = 3600_000;
/** Attempts side by side meet at the same two records. */
const COMMIT_TRIES = 20;

export interface Attempt {
  principal: Principal;
  /** What the password is to open: the id of a backup or of a key. */
  subject: string;
}

/**
 * Makes an attempt at a password; a success forgets the failures before it.
 *
 * @throws `too_many_attempts` with `details.retryAfterSeconds`; what `open` throws.
 */
export const attemptPassword = async <T>(
  host: Host,
  attempt: Attempt,
  open: () => Promise<T>,
): Promise<T> => {
  const ids = [attemptId('principal', attempt.principal.name), attemptId('subject', attempt.subject)];
  await countAttempt(host, ids);
  const opened = await open();
  await host.catalog.commit(ids.map((id) => ({ remove: 'passwordAttempts', id })));
  return opened;
};

const attemptId = (of: 'principal' | 'subject', name: string): string =>
  createHash('sha256')
    .update(JSON.stringify([of, name]))
    .digest('hex');

const countAttempt = async (host: Host, ids: readonly string[]): Promise<void> => {
  for (let tries = 1; ; tries++) {
    const now = host.clock.now().getTime();
    const known = await Promise.all(ids.map((id) => host.catalog.get('passwordAttempts', id)));
    refuseWhileBlocked(known, now);
    const changes = ids.map((id, index) => {
      const before = known[index];
      return put('passwordAttempts', counted(id, before?.record, now), before?.version ?? 'absent');
    });
    try {
      await host.catalog.commit(changes);
      return;
    } catch (thrown) {
      if (tries >= COMMIT_TRIES || !(thrown instanceof HoldfastError && thrown.code === 'conflict'))
        throw thrown;
    }
  }
};

const refuseWhileBlocked = (
  known: readonly (Versioned<PasswordAttempts> | undefined)[],
  now: number,
): void => {
  const until = Math.max(...known.map((each) => Date.parse(each?.record.blockedUntil ?? '') || 0));
  if (until <= now) return;
  const retryAfterSeconds = Math.ceil((until - now) / 1000);
  throw new HoldfastError(
    'too_many_attempts',
    `too many wrong passwords; the next attempt is possible in ${retryAfterSeconds} s`,
    { details: { retryAfterSeconds } },
  );
};

const counted = (id: string, before: PasswordAttempts | undefined, now: number): PasswordAttempts => {
  const fresh = before === undefined || now - Date.parse(before.lastAt) > FORGOTTEN_MILLISECONDS;
  const count = (fresh ? 0 : before.count) + 1;
  const waitSeconds = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (count - FREE_ATTEMPTS));
  return {
    id,
    count,
    lastAt: new Date(now).toISOString(),
    blockedUntil: count < FREE_ATTEMPTS ? null : new Date(now + waitSeconds * 1000).toISOString(),
  };
};

/** For the sweep. */
export const forgetOldAttempts = async (host: Host): Promise<void> => {
  const before = host.clock.now().getTime() - FORGOTTEN_MILLISECONDS;
  for await (const { id, lastAt } of everyRecord(host, 'passwordAttempts')) {
    if (Date.parse(lastAt) > before) return;
    await host.catalog.commit([{ remove: 'passwordAttempts', id }]);
  }
};
