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
 * What somebody may do who made something that acts later on, such as a schedule: as it is now, not as it was then.
 * Undefined once they may do nothing any more: the token was revoked or has expired, the person is gone or disabled.
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
  // Whoever holds the host itself may do all.
  return kind === 'host' ? [{ role: 'administrator' }] : undefined;
};

/** The maker of a new credential. */
export interface Maker {
  /** Commits the credential only while its maker is as was read: whoever is revoked meanwhile makes nothing any more. */
  readonly kept: readonly Change[];
  /** Null: whoever holds the host itself. */
  readonly id: string | null;
  /** When the maker's own credential ends; null: it has no end. */
  readonly expiresAt: string | null;
}

/** @throws `unauthorized` when whoever asks is gone */
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
    // Another hand may have taken rights away since the request was admitted.
    if (person === undefined || present === undefined || !grants.every((one) => covers(present, one)))
      throw gone();
    return { kept: [put('person', person.record, person.version)], id, expiresAt: null };
  }
  return { kept: [], id: null, expiresAt: null };
};

/** Whoever answers for what acts later on has to be known here then. @throws `forbidden` */
export const requireKnownMaker = async (host: Host, principal: Principal): Promise<void> => {
  if (principal.kind === 'person' && isExternalPerson(principal.id))
    requireSignedIn(principal, await presentGrants(host, principal));
};

/** A token of an issuer is enough to ask; what acts later on goes by the last sign-in. */
const requireSignedIn = ({ name, grants }: Principal, present: readonly Grant[] | undefined): void => {
  if (present !== undefined && grants.every((one) => covers(present, one))) return;
  throw new HoldfastError(
    'forbidden',
    `${name} has not signed in here with these roles, and what is made here goes by the last sign-in: sign in first, on the page or by POST /v1/sign-in/remember, and ask again`,
  );
};

/**
 * @param wanted what somebody could do with what is to be made
 * @throws `forbidden` when that is more than the principal may
 */
export const requireCovered = (principal: Principal, wanted: readonly Grant[], what: string): void => {
  const beyond = wanted.find((one) => !covers(principal.grants, one));
  if (beyond === undefined) return;
  throw new HoldfastError(
    'forbidden',
    `${what} of the role ${beyond.role} could do more than ${principal.name} may; choose a role with fewer rights`,
  );
};
