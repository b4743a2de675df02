/**
 * People of issuers. A token says who they are and, by the configuration, what they may do; a record keeps the roles of
 * the newest token that somebody signed in with, for what acts on their behalf while they are away.
 */

import { EXTERNAL_PERSON } from '../../../model/access/external-person.ts';
import { grantsOfClaims, mailOfClaims, nameOfClaims } from '../../../model/access/oidc-claims.ts';
import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { idOfText } from '../../../model/ids.ts';
import type { PersonGrant, PersonRecord } from '../../../model/records/person.ts';
import { type Change, put } from '../../../ports/catalog/catalog.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh } from '../../task/fresh-commit.ts';
import type { Credentials } from '../credentials.ts';
import { tellOfPerson } from '../people/create-person.ts';
import { asGrants } from '../people/people.ts';
import { type VerifiedJwt, verifyJwt } from './verify-jwt.ts';

const DAY = 24 * 3600_000;

/** The id of a person of an issuer in the audit trail and every record: always the same for the same person. */
const externalIdOf = ({ settings: { id }, subject }: VerifiedJwt): string =>
  idOfText(EXTERNAL_PERSON, JSON.stringify(['person of an issuer', id, subject]));

/** What was shown as proof: the issuer's id, and the issuer's own id of the person. */
const credentialOf = ({ settings, subject }: VerifiedJwt): string => `oidc:${settings.id}:${subject}`;

/**
 * The roles of a token, or of a newer one that was seen: an older token does not bring back a role that the person
 * lost.
 */
const grantsNow = (jwt: VerifiedJwt, record: PersonRecord | undefined): readonly PersonGrant[] => {
  const { external } = record ?? {};
  const isOlder = external !== undefined && Date.parse(external.rolesAt) > jwt.issuedAt.getTime();
  return isOlder && record !== undefined ? record.grants : grantsOfClaims(jwt.settings, jwt.claims);
};

/**
 * Who sends a token of an issuer; undefined when the token is not accepted or the person is disabled here. Writes
 * nothing.
 *
 * @throws `unavailable` when the issuer cannot be asked
 */
export const principalOfJwt = async (host: Host, text: string): Promise<Principal | undefined> => {
  const jwt = await verifyJwt(host, text);
  if (jwt === undefined) return undefined;
  const record = (await host.catalog.get('person', externalIdOf(jwt)))?.record;
  return record?.disabled === true ? undefined : asPrincipal(jwt, grantsNow(jwt, record));
};

export const asPrincipal = (jwt: VerifiedJwt, grants: readonly PersonGrant[]): Principal => ({
  id: externalIdOf(jwt),
  name: nameOfClaims(jwt.settings, jwt.claims),
  kind: 'person',
  grants: asGrants(grants),
  credential: credentialOf(jwt),
});

/** Whose administrators look after the record: the one domain that all roles are of, or the whole installation. */
const homeOf = (grants: readonly PersonGrant[]): string | null => {
  const [first, ...others] = new Set(grants.map(({ domain }) => domain));
  return others.length === 0 ? (first ?? null) : null;
};

/** The person as a sign-in leaves them, and the changes that keep it. */
export interface Remembered {
  readonly record: PersonRecord;
  readonly changes: readonly Change[];
}

/**
 * The record of the person who signs in: made at the first sign-in, renewed at each later one. A person who never had a
 * role gets no record.
 *
 * @throws `unauthorized` for a person who is disabled here; `forbidden` for one without a role
 */
export const remember = async (host: Host, jwt: VerifiedJwt): Promise<Remembered> => {
  const { settings, subject, issuedAt, claims } = jwt;
  const id = externalIdOf(jwt);
  const found = await host.catalog.get('person', id);
  if (found?.record.disabled === true) throw notTaken();
  const grants = [...grantsNow(jwt, found?.record)];
  const name = nameOfClaims(settings, claims);
  if (found === undefined && grants.length === 0) throw withoutRole(name);
  const rolesAt = new Date(
    Math.max(issuedAt.getTime(), Date.parse(found?.record.external?.rolesAt ?? '') || 0),
  );
  const record: PersonRecord = {
    ...(found?.record ?? newRecord(host, id, settings.id)),
    ...{ name, grants, mail: mailOfClaims(claims), domain: homeOf(grants) },
    external: {
      ...{ issuer: settings.id, subject, rolesAt: rolesAt.toISOString() },
      rolesUntil: new Date(host.clock.now().getTime() + settings.rememberDays * DAY).toISOString(),
    },
  };
  const told =
    found === undefined ? [tellOfPerson(host, { name: record.createdBy }, record, 'person.created')] : [];
  return { record, changes: [put('person', record, found?.version ?? 'absent'), ...told] };
};

/**
 * The token of an issuer that a request was sent with. @throws `unauthorized` for any other credential; `unavailable`
 */
export const jwtOf = async (host: Host, { authorization = '' }: Credentials): Promise<VerifiedJwt> => {
  const jwt = await verifyJwt(host, /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
  if (jwt !== undefined) return jwt;
  throw new HoldfastError(
    'unauthorized',
    'send a token from an issuer of this installation, with this installation as its audience: Authorization: Bearer <token>',
  );
};

/**
 * Remembers the person of a token: what they make from now on acts by the roles of this token.
 *
 * @throws as `remember`; `forbidden` for a person without a role, who is remembered without one
 */
export const rememberPerson = async (host: Host, jwt: VerifiedJwt): Promise<PersonRecord> => {
  const record = await commitFresh(host.catalog, async () => {
    const { record: result, changes } = await remember(host, jwt);
    return { changes, result };
  });
  if (record.grants.length === 0) throw withoutRole(record.name);
  return record;
};

const newRecord = (host: Host, id: string, issuer: string) => ({
  ...{ id, disabled: false, epoch: 0, knownSources: [], invitation: null },
  ...{ passwordHash: null, passwordChangedAt: null, passwordOwnSince: null },
  ...{ createdAt: timestamp(host.clock), createdBy: `issuer ${issuer}`, madeWith: null },
});

const notTaken = (): HoldfastError =>
  new HoldfastError('unauthorized', 'this person may not sign in here: an administrator has disabled them');

export const withoutRole = (name: string): HoldfastError =>
  new HoldfastError(
    'forbidden',
    `${name} has no role here: an administrator assigns roles in access.oidc of the configuration`,
  );
