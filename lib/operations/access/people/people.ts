/** People, as their administrators see them. */

import { type Grant, reaches } from '../../../model/access/permissions.ts';
import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { PersonGrant, PersonRecord, PersonView } from '../../../model/records/person.ts';
import type { Page } from '../../../model/requests/page.ts';
import type { Versioned } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { listByHome } from '../list-by-home.ts';
import { requirePermission } from '../permissions.ts';

type Named = Pick<PersonRecord, 'domain' | 'name'>;

/** The name that a person signs in with; for a person who signs in at an issuer, the name to show. */
export const signInNameOf = ({ domain, name, external }: Named & Pick<PersonRecord, 'external'>): string =>
  domain === null || external !== undefined ? name : `${domain}/${name}`;

/** The person with all sessions ended: each is taken only while the person still has the epoch that it began in. */
export const withSessionsEnded = (record: PersonRecord): PersonRecord => ({
  ...record,
  epoch: record.epoch + 1,
});

/** @throws `conflict` for a person whose name, roles and password an issuer keeps */
export const requireOwnPerson = (record: PersonRecord): void => {
  if (record.external === undefined) return;
  throw new HoldfastError(
    'conflict',
    `${record.name} signs in at the issuer "${record.external.issuer}", which manages the name and the password; roles come from access.oidc of the configuration. Here this person can only be disabled, enabled and deleted`,
  );
};

/**
 * The form in which names are compared: upper and lower case are the same, and so are the Unicode forms of one letter.
 */
export const nameKeyOf = ({ domain, name }: Named): string =>
  `${domain ?? ''}/${name.normalize('NFKC').toLowerCase()}`;

/** Splits the name of a person who signs in: what precedes a slash is a domain, since no name contains one. */
export const readSignInName = (text: string): Named => {
  const slash = text.lastIndexOf('/');
  return slash < 0
    ? { domain: null, name: text.trim() }
    : { domain: text.slice(0, slash).trim(), name: text.slice(slash + 1).trim() };
};

export const asGrants = (grants: readonly PersonGrant[]): Grant[] =>
  grants.map(({ role, domain }) => ({ role, domain: domain ?? undefined }));

/**
 * What a person may do now; undefined when they are disabled, or are a person of an issuer who has not signed in for
 * long or whose issuer is no longer in the configuration.
 */
export const grantsOfPerson = (
  { clock, config }: Pick<Host, 'clock' | 'config'>,
  { disabled, grants, external }: PersonRecord,
): readonly Grant[] | undefined => {
  if (disabled) return undefined;
  if (external === undefined) return asGrants(grants);
  const isKnown = config.access.oidc.some(({ id }) => id === external.issuer);
  const isRecent = Date.parse(external.rolesUntil) > clock.now().getTime();
  return isKnown && isRecent && grants.length > 0 ? asGrants(grants) : undefined;
};

/** The person as a principal; undefined when they may do nothing. */
export const principalOfPerson = (
  host: Pick<Host, 'clock' | 'config'>,
  record: PersonRecord,
  credential: string,
): Principal | undefined => {
  const grants = grantsOfPerson(host, record);
  return grants && { id: record.id, name: signInNameOf(record), kind: 'person', grants, credential };
};

/** @throws `not_found` when the person does not exist or belongs to a domain out of reach */
export const seenPerson = async (
  host: Host,
  { grants }: Pick<Principal, 'grants'>,
  id: string,
): Promise<Versioned<PersonRecord>> => {
  const found = await host.catalog.get('person', id);
  if (found !== undefined && reaches(grants, found.record.domain)) return found;
  throw new HoldfastError('not_found', `there is nobody with the id "${id}"`);
};

export const viewPerson = async (host: Host, record: PersonRecord): Promise<PersonView> => {
  const { id, domain, name, mail, grants, disabled, createdAt, createdBy, madeWith } = record;
  const { passwordHash, passwordChangedAt, invitation, external } = record;
  const use = await host.catalog.get('tokenUse', id);
  const isInvited = invitation !== null && Date.parse(invitation.expiresAt) > host.clock.now().getTime();
  return {
    ...{ id, domain, name, signInName: signInNameOf(record), mail, grants, disabled },
    ...{ createdAt, createdBy, madeWith, passwordChangedAt, hasPassword: passwordHash !== null },
    ...{ issuer: external?.issuer ?? null, subject: external?.subject ?? null },
    rolesUntil: external?.rolesUntil ?? null,
    invitedUntil: isInvited ? invitation.expiresAt : null,
    lastUsedAt: use?.record.lastUsedAt ?? null,
  };
};

/** @throws `not_found`, `forbidden` */
export const showPerson = async (host: Host, principal: Principal, id: string): Promise<PersonView> => {
  const { record } = await seenPerson(host, principal, id);
  requirePermission(principal, 'token.read', record.domain);
  return viewPerson(host, record);
};

/** The people of the domains in which the principal may read them, the newest first. */
export const listPeople = async (
  host: Host,
  principal: Principal,
  page: { skip: number; limit: number },
): Promise<Page<PersonView>> => {
  const { total, records } = await listByHome(host, principal, 'person', page);
  return { ...page, total, resources: await Promise.all(records.map((one) => viewPerson(host, one))) };
};
