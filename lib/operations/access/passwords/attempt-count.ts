/** How attempts at a password are counted: what failed, what is under way, and until when the next one waits. */

import { isAheadOf } from '../../../model/clock-skew.ts';
import type { PasswordAttempts } from '../../../model/records/access.ts';

/**
 * Attempts that may fail before there is a wait: of one caller at one archive or key file, and, in the wide counts, of
 * one caller everywhere or of all callers at one. The wide counts allow more: a caller who was given archives that no
 * passphrase opens is not guessing, and must still be able to open the others.
 */
export const freeAttempts = { pair: 5, wide: 50 } as const;
/** Attempts that may be under way at once; each takes a second of a processor. */
const AT_ONCE = 2;
const FIRST_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 15 * 60;
/** The time without an attempt after which the count begins anew. */
export const FORGOTTEN_MILLISECONDS = 3600_000;
/** The longest time that an attempt can take. An older one was killed, and counts as failed. */
const LOST_MILLISECONDS = 120_000;

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The count as of now: empty when it is old; attempts that never ended count as failed. */
export const attemptsNow = (
  id: string,
  known: PasswordAttempts | undefined,
  now: number,
  free: number = freeAttempts.pair,
): PasswordAttempts => {
  if (known === undefined || now - Date.parse(known.lastAt) > FORGOTTEN_MILLISECONDS)
    return { id, count: 0, inFlight: {}, lastAt: iso(now), blockedUntil: null };
  // A wait that a clock ahead of the right one has set would last until real time reaches it. The failures still count.
  let counted = isAheadOf(known.lastAt, now) ? { ...known, lastAt: iso(now), blockedUntil: null } : known;
  for (const [attempt, until] of Object.entries(known.inFlight))
    if (Date.parse(until) < now || isAheadOf(until, now + LOST_MILLISECONDS))
      counted = afterFailure(counted, attempt, Math.min(now, Date.parse(until)), free);
  return counted;
};

/** Milliseconds; 0 when the next attempt need not wait. */
export const blockedUntil = ({ blockedUntil: until }: PasswordAttempts): number =>
  until === null ? 0 : Date.parse(until);

/** Whether another attempt may begin: even if all attempts under way fail, the free ones are not exceeded. */
export const hasRoom = (
  { count, inFlight }: PasswordAttempts,
  free: number = freeAttempts.pair,
  atOnce: number = AT_ONCE,
): boolean => Object.keys(inFlight).length < Math.min(atOnce, Math.max(1, free - count));

export const withAttempt = (known: PasswordAttempts, attempt: string, now: number): PasswordAttempts => ({
  ...known,
  inFlight: { ...known.inFlight, [attempt]: iso(now + LOST_MILLISECONDS) },
  lastAt: iso(now),
});

export const withoutAttempt = (known: PasswordAttempts, attempt: string): PasswordAttempts => ({
  ...known,
  inFlight: Object.fromEntries(Object.entries(known.inFlight).filter(([id]) => id !== attempt)),
});

export const afterFailure = (
  known: PasswordAttempts,
  attempt: string,
  now: number,
  free: number = freeAttempts.pair,
): PasswordAttempts => {
  const count = known.count + 1;
  const waitSeconds = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (count - free));
  return {
    ...withoutAttempt(known, attempt),
    count,
    lastAt: iso(now),
    blockedUntil: count < free ? null : iso(now + waitSeconds * 1000),
  };
};

/** Whether there is nothing to remember. */
export const isIdle = ({ count, inFlight }: PasswordAttempts): boolean =>
  count === 0 && Object.keys(inFlight).length === 0;
