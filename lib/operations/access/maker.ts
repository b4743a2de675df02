/** Who made something, and what they may do now. */

import { isExternalPerson } from '../../model/access/external-person.ts';
import { covers, type Grant } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { grantsOfPerson } from './people/people.ts';
import { findToken, grantsOfToken } from './tokens/find-token.ts';

/**
 * What the maker of something that acts later on, such as a schedule, may do now, whatever it was then. Undefined once
 * the maker may do nothing any more: the token was revoked or has expired, the person is gone or disabled.
 */
export const presentGrants = async (
  host: Host,
  { id, kind }: Pick<Principal, 'id' | 'kind'>,
): Promise<readonly Grant[] | undefined> => {
  if (kind === 'token') {
    const token = await findToken(host, id);
    return token && grantsOfToken(host, token.record);
  }
  if (kind === 'person') {
    const person = await host.catalog.get('person', id);
    return person && grantsOfPerson(host, person.record);
  }
  // A caller on the host itself may do everything.
  return kind === 'host' ? [{ role: 'administrator' }] : undefined;
};

/** The maker of a new credential. */
export interface Maker {
  /**
   * Commits the credential only if its maker is still as it was read: a maker that was revoked meanwhile makes nothing.
   */
  readonly kept: readonly Change[];
  /** Null: a caller on the host itself. */
  readonly id: string | null;
  /** When the maker's own credential ends; null: it has no end. */
  readonly expiresAt: string | null;
}

/** @throws `unauthorized` when the caller was removed meanwhile */
export const readMaker = async (host: Host, principal: Principal): Promise<Maker> => {
  const { id, kind, grants } = principal;
  const gone = (): HoldfastError =>
    new HoldfastError('unauthorized', 'whoever asks for this was revoked or disabled meanwhile');
  if (kind === 'token') {
    const token = await findToken(host, id);
    if (token === undefined) throw gone();
    const { record, version } = token;
    return { kept: [put('token', record, version)], id: record.id, expiresAt: record.expiresAt ?? null };
  }
  if (kind === 'person') {
    const person = await host.catalog.get('person', id);
    const present = person && grantsOfPerson(host, person.record);
    if (isExternalPerson(id)) requireSignedIn(principal, present);
    // Somebody may have taken rights away since the request was admitted.
    if (person === undefined || present === undefined || !grants.every((one) => covers(present, one)))
      throw gone();
    return { kept: [put('person', person.record, person.version)], id, expiresAt: null };
  }
  return { kept: [], id: null, expiresAt: null };
};

/** Who answers for something that acts later on must be known here at that time. @throws `forbidden` */
export const requireKnownMaker = async (host: Host, principal: Principal): Promise<void> => {
  if (principal.kind === 'person' && isExternalPerson(principal.id))
    requireSignedIn(principal, await presentGrants(host, principal));
};

/** A token of an issuer is enough for a request; what acts later on goes by the roles of the last sign-in. */
const requireSignedIn = ({ name, grants }: Principal, present: readonly Grant[] | undefined): void => {
  if (present !== undefined && grants.every((one) => covers(present, one))) return;
  throw new HoldfastError(
    'forbidden',
    `${name} has not signed in here with these roles, and what a person creates gets the roles of the last sign-in: sign in first, on the page or by POST /v1/sign-in/remember, and send the request again`,
  );
};

/**
 * @param wanted what the new credential would allow
 * @throws `forbidden` when that is more than the principal may
 */
export const requireCovered = (principal: Principal, wanted: readonly Grant[], what: string): void => {
  const beyond = wanted.find((one) => !covers(principal.grants, one));
  if (beyond === undefined) return;
  throw new HoldfastError(
    'forbidden',
    `${what} of the role ${beyond.role} would have more rights than ${principal.name}; choose a role with fewer rights`,
  );
};
