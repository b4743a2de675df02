/**
 * Guessing is slow: attempts at a password are noted in the catalog, by who tries and by what is tried, before they are
 * made, and counted when they fail. So the count holds across functions, restarts and attempts side by side, and right
 * passwords side by side only wait for each other.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Principal } from '../../../model/access/principal.ts';
import { errorCodeOf, HoldfastError, isConflict } from '../../../model/errors.ts';
import type { PasswordAttempts } from '../../../model/records/access.ts';
import { type Change, put, type Versioned } from '../../../ports/catalog/catalog.ts';
import { everyRecord } from '../../../ports/catalog/every-record.ts';
import type { Host } from '../../../ports/host.ts';
import {
  afterFailure,
  attemptsNow,
  blockedUntil,
  FORGOTTEN_MILLISECONDS,
  freeAttempts,
  hasRoom,
  isIdle,
  withAttempt,
  withoutAttempt,
} from './attempt-count.ts';

/** How long an attempt waits for its turn while others are under way: a request has 30 seconds in all. */
const PATIENCE_MILLISECONDS = 8_000;
const TURN_MILLISECONDS = 100;
/** Tries of a commit: attempts at the same time write the same two records. */
const COMMIT_TRIES = 30;

export interface Attempt {
  principal: Principal;
  /** What the password opens: an archive or a key file, and the id of its backup or key. */
  subject: { readonly of: 'archive' | 'key file'; readonly id: string };
}

/** A record of attempts, how many of them may fail, and for the message whose they are. */
export interface Counted {
  readonly id: string;
  readonly free: number;
  readonly whose: string;
  /** How many may be under way. @default two */
  readonly atOnce?: number;
  /** Whether a success leaves the failures before it counted, because they were made at something else. */
  readonly keptBySuccess?: true;
}

/**
 * What one caller tries at one subject is counted first. Failures beyond its free ones are slow already, and count there
 * alone: the two wide counts, of the caller everywhere and of the subject by everybody, grow by guesses at many subjects
 * or by many callers, and not by one job that repeats a wrong passphrase.
 */
export interface Counts {
  readonly pair: Counted;
  readonly wide: readonly Counted[];
}

const countsOf = ({ principal, subject: { of, id } }: Attempt): Counts => ({
  pair: {
    id: attemptId('caller and subject', principal.id, of, id),
    free: freeAttempts.pair,
    whose: `of ${principal.name} at this ${of}`,
  },
  wide: [
    {
      id: attemptId('principal', principal.id),
      free: freeAttempts.wide,
      whose: `of ${principal.name} at many archives`,
    },
    { id: attemptId(of, id), free: freeAttempts.wide, whose: `of many callers at this ${of}` },
  ],
});

/**
 * Makes an attempt at a password; a success forgets the failures before it. Only a wrong password counts as a failure:
 * an attempt that no password could have opened, or that was never made, is no guess.
 *
 * @throws `too_many_attempts` with `details.retryAfterSeconds`; what `open` throws.
 */
export const attemptPassword = <T>(host: Host, attempt: Attempt, open: () => Promise<T>): Promise<T> =>
  countedAttempt(host, countsOf(attempt), open);

/** As `attemptPassword`, with the counts that are given. A wrong password is `wrong_passphrase` or `unauthorized`. */
export const countedAttempt = async <T>(host: Host, counts: Counts, open: () => Promise<T>): Promise<T> => {
  const own = randomUUID();
  await begin(host, counts, own);
  let opened: T;
  try {
    opened = await open();
  } catch (thrown) {
    const guessed = ['wrong_passphrase', 'unauthorized'].includes(errorCodeOf(thrown));
    await change(host, counts, (known, now, { free }, counted) =>
      guessed && counted ? afterFailure(known, own, now, free) : withoutAttempt(known, own),
    );
    throw thrown;
  }
  await change(host, counts, (known, _now, { keptBySuccess }) => {
    const left = withoutAttempt(known, own);
    return keptBySuccess ? left : { ...left, count: 0, blockedUntil: null };
  });
  return opened;
};

/** The id of the record that counts the attempts of one kind at one subject. */
export const attemptId = (...of: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(of)).digest('hex');

/** Notes the attempt as under way, as soon as the others leave room for it. */
const begin = async (host: Host, counts: Counts, own: string): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const taken = await change(host, counts, (known, now, { free, whose, atOnce }) => {
      refuseWhileBlocked(known, now, whose);
      return hasRoom(known, free, atOnce) ? withAttempt(known, own, now) : undefined;
    });
    if (taken) return;
    if (Date.now() > deadline) throw tooMany(5, 'too many attempts at a password at the same time');
    await pause(TURN_MILLISECONDS * (0.5 + Math.random()));
  }
};

const refuseWhileBlocked = (known: PasswordAttempts, now: number, whose: string): void => {
  const until = blockedUntil(known);
  if (until > now) throw tooMany(Math.ceil((until - now) / 1000), `too many wrong passwords ${whose}`);
};

const tooMany = (retryAfterSeconds: number, why: string): HoldfastError =>
  new HoldfastError('too_many_attempts', `${why}; the next attempt is possible in ${retryAfterSeconds} s`, {
    details: { retryAfterSeconds },
  });

/**
 * Changes all records in one transaction. False, and nothing is changed, when `next` gives nothing for one of them.
 * `counted` says whether a failure counts in this record.
 */
const change = async (
  host: Host,
  { pair, wide }: Counts,
  next: (known: PasswordAttempts, now: number, at: Counted, counted: boolean) => PasswordAttempts | undefined,
): Promise<boolean> => {
  const counts = [pair, ...wide];
  for (let tries = 1; ; tries++) {
    const now = host.clock.now().getTime();
    const found = await Promise.all(counts.map(({ id }) => host.catalog.get('passwordAttempts', id)));
    const isSlow = attemptsNow(pair.id, found[0]?.record, now, pair.free).count >= pair.free;
    const changes: Change[] = [];
    for (const [index, at] of counts.entries()) {
      const known = attemptsNow(at.id, found[index]?.record, now, at.free);
      const changed = next(known, now, at, at === pair || !isSlow);
      if (changed === undefined) return false;
      changes.push(...writing(found[index], changed));
    }
    try {
      await host.catalog.commit(changes);
      return true;
    } catch (thrown) {
      if (tries >= COMMIT_TRIES || !isConflict(thrown)) throw thrown;
      await pause(Math.random() * 10 * tries);
    }
  }
};

const writing = (found: Versioned<PasswordAttempts> | undefined, next: PasswordAttempts): Change[] => {
  if (!isIdle(next)) return [put('passwordAttempts', next, found?.version ?? 'absent')];
  return found === undefined ? [] : [{ remove: 'passwordAttempts', id: next.id, expect: found.version }];
};

/** Forgets old counts. For the sweep. */
export const forgetOldAttempts = async (host: Host): Promise<void> => {
  const before = host.clock.now().getTime() - FORGOTTEN_MILLISECONDS;
  for await (const { id, lastAt } of everyRecord(host, 'passwordAttempts')) {
    if (Date.parse(lastAt) > before) return;
    await host.catalog.commit([{ remove: 'passwordAttempts', id }]);
  }
};
