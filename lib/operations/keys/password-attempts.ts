/**
 * Guessing is slow: attempts at a password are noted in the catalog, by who tries and by what is tried, before they are
 * made, and counted when they fail. So the count holds across functions, restarts and attempts side by side, and right
 * passwords side by side only wait for each other.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '../../model/errors.ts';
import type { Principal } from '../../model/principal.ts';
import type { PasswordAttempts } from '../../model/records/access.ts';
import { type Change, put, type Versioned } from '../../ports/catalog.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import {
  afterFailure,
  attemptsNow,
  blockedUntil,
  FORGOTTEN_MILLISECONDS,
  hasRoom,
  isIdle,
  withAttempt,
  withoutAttempt,
} from './attempt-count.ts';

/** An attempt that finds others under way waits so long for its turn: a request has 30 seconds in all. */
const PATIENCE_MILLISECONDS = 8_000;
const TURN_MILLISECONDS = 100;
/** Attempts side by side meet at the same two records. */
const COMMIT_TRIES = 30;

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
  const own = randomUUID();
  await begin(host, ids, own);
  let opened: T;
  try {
    opened = await open();
  } catch (thrown) {
    await change(host, ids, (known, now) => afterFailure(known, own, now));
    throw thrown;
  }
  await change(host, ids, (known) => ({ ...withoutAttempt(known, own), count: 0, blockedUntil: null }));
  return opened;
};

const attemptId = (of: 'principal' | 'subject', name: string): string =>
  createHash('sha256')
    .update(JSON.stringify([of, name]))
    .digest('hex');

/** Notes the attempt as under way, once there is room for it beside the others. */
const begin = async (host: Host, ids: readonly string[], own: string): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const taken = await change(host, ids, (known, now) => {
      refuseWhileBlocked(known, now);
      return hasRoom(known) ? withAttempt(known, own, now) : undefined;
    });
    if (taken) return;
    if (Date.now() > deadline) throw tooMany(5, 'too many attempts at a password at once');
    await pause(TURN_MILLISECONDS * (0.5 + Math.random()));
  }
};

const refuseWhileBlocked = (known: PasswordAttempts, now: number): void => {
  const until = blockedUntil(known);
  if (until > now) throw tooMany(Math.ceil((until - now) / 1000), 'too many wrong passwords');
};

const tooMany = (retryAfterSeconds: number, why: string): HoldfastError =>
  new HoldfastError('too_many_attempts', `${why}; the next attempt is possible in ${retryAfterSeconds} s`, {
    details: { retryAfterSeconds },
  });

/** Changes all of the records in one transaction, or none when `next` has none for one of them: false then. */
const change = async (
  host: Host,
  ids: readonly string[],
  next: (known: PasswordAttempts, now: number) => PasswordAttempts | undefined,
): Promise<boolean> => {
  for (let tries = 1; ; tries++) {
    const now = host.clock.now().getTime();
    const found = await Promise.all(ids.map((id) => host.catalog.get('passwordAttempts', id)));
    const changes: Change[] = [];
    for (const [index, id] of ids.entries()) {
      const changed = next(attemptsNow(id, found[index]?.record, now), now);
      if (changed === undefined) return false;
      changes.push(...writing(found[index], changed));
    }
    try {
      await host.catalog.commit(changes);
      return true;
    } catch (thrown) {
      if (tries >= COMMIT_TRIES || !(thrown instanceof HoldfastError && thrown.code === 'conflict'))
        throw thrown;
      await pause(Math.random() * 10 * tries);
    }
  }
};

const writing = (found: Versioned<PasswordAttempts> | undefined, next: PasswordAttempts): Change[] => {
  if (!isIdle(next)) return [put('passwordAttempts', next, found?.version ?? 'absent')];
  return found === undefined ? [] : [{ remove: 'passwordAttempts', id: next.id, expect: found.version }];
};

/** For the sweep. */
export const forgetOldAttempts = async (host: Host): Promise<void> => {
  const before = host.clock.now().getTime() - FORGOTTEN_MILLISECONDS;
  for await (const { id, lastAt } of everyRecord(host, 'passwordAttempts')) {
    if (Date.parse(lastAt) > before) return;
    await host.catalog.commit([{ remove: 'passwordAttempts', id }]);
  }
};
