/**
 * People sign in with name and password. Guessing is slow, by who guesses and by what is guessed, and no outsider can lock
 * a person out: at the addresses that a person has signed in from before, what others fail at elsewhere does not count.
 */

import { networkOf } from '../../../model/access/network.ts';
import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { PersonRecord } from '../../../model/records/person.ts';
import type { SignInRequest } from '../../../model/requests/people.ts';
import { put } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh } from '../../task/fresh-commit.ts';
import { freeAttempts } from '../passwords/attempt-count.ts';
import { attemptId, type Counted, type Counts, countedAttempt } from '../passwords/password-attempts.ts';
import { hashPassword, isOutdatedHash, isPassword } from '../passwords/password-hash.ts';
import { nameKeyOf, principalOfPerson, readSignInName } from '../people/people.ts';
import { hashOfSecret } from '../secret.ts';
import { newSession, type StartedSession } from './sessions.ts';

/** Guesses at one name from all addresses that are new to it together (NIST SP 800-63B allows 100). */
const FREE_AT_A_NAME = 100;
/** Guesses from one address at any names: many people may share the address. */
const FREE_OF_A_SOURCE = freeAttempts.wide;
/** Sign-ins at the same moment from one address, or at one name. */
const AT_ONCE = 8;
const MOST_KNOWN_SOURCES = 20;

/** The person whose password was right, for `beginSignedIn`. */
export interface SignedIn {
  readonly principal: Principal;
  readonly record: PersonRecord;
  /** The hash of a password that was proved, with the costs of today. */
  readonly renewedHash: string | undefined;
  readonly source: string;
}

/**
 * Checks the password. Neither the answer nor its time shows whether the person exists.
 *
 * @param source the address that asks
 * @throws `unauthorized`, in the same words whatever is wrong; `too_many_attempts`
 */
export const provePerson = async (
  host: Host,
  { name, password }: SignInRequest,
  source: string,
): Promise<SignedIn> => {
  const key = nameKeyOf(readSignInName(name));
  const personId = (await host.catalog.get('personName', key))?.record.personId;
  const record = (await host.catalog.get('person', personId ?? 'nobody'))?.record;
  const place = sourceHash(key, source);
  const counts = countsOf(key, source, record?.knownSources.includes(place) ?? false);
  return countedAttempt(host, counts, async () => {
    const isRight = await isPassword(password, record?.passwordHash);
    const principal = record && principalOfPerson(host, record, 'password');
    if (!isRight || record === undefined || principal === undefined) throw notTaken();
    const isOutdated = record.passwordHash !== null && isOutdatedHash(record.passwordHash);
    return {
      ...{ principal, record, source: place },
      renewedHash: isOutdated ? await hashPassword(password) : undefined,
    };
  });
};

const notTaken = (): HoldfastError =>
  new HoldfastError('unauthorized', 'the name or the password is wrong, or this person may not sign in here');

const sourceHash = (key: string, source: string): string =>
  hashOfSecret(JSON.stringify([key, networkOf(source)])).slice(0, 32);

const countsOf = (key: string, source: string, isKnown: boolean): Counts => {
  const network = networkOf(source);
  const ofName: Counted = {
    id: attemptId('sign in as', key),
    free: FREE_AT_A_NAME,
    whose: 'for this name from other addresses',
    atOnce: AT_ONCE,
  };
  return {
    pair: {
      id: attemptId('sign in as, from', key, network),
      free: freeAttempts.pair,
      whose: 'for this name',
    },
    wide: [
      {
        id: attemptId('sign in from', network),
        free: FREE_OF_A_SOURCE,
        whose: 'from this address',
        atOnce: AT_ONCE,
        keptBySuccess: true,
      },
      ...(isKnown ? [] : [ofName]),
    ],
  };
};

/**
 * Begins the session of a person whose password was right. A person who was disabled, or whose password was changed
 * meanwhile, gets none.
 *
 * @throws `unauthorized`
 */
export const beginSignedIn = (
  host: Host,
  { record: { id, passwordHash }, renewedHash, source }: SignedIn,
  isSecure: boolean,
): Promise<StartedSession> =>
  commitFresh(host.catalog, async () => {
    const found = await host.catalog.get('person', id);
    if (found === undefined || found.record.disabled || found.record.passwordHash !== passwordHash)
      throw notTaken();
    const { record, version } = found;
    const knownSources = [source, ...record.knownSources.filter((one) => one !== source)];
    const changed = {
      ...record,
      ...(renewedHash !== undefined && { passwordHash: renewedHash }),
      knownSources: knownSources.slice(0, MOST_KNOWN_SOURCES),
    };
    const session = newSession(host, { personId: id, epoch: record.epoch }, isSecure);
    return { changes: [put('person', changed, version), session.change], result: session };
  });
