/** People are made and changed by callers who have at least the same rights. */

import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { newId } from '../../../model/ids.ts';
import type { PersonGrant, PersonRecord, PersonView } from '../../../model/records/person.ts';
import type { ChangePersonRequest, CreatePersonRequest } from '../../../model/requests/people.ts';
import { type Change, put, type Versioned } from '../../../ports/catalog/catalog.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh } from '../../task/fresh-commit.ts';
import { tell } from '../../task/tell.ts';
import { assertDomain, ownDomain } from '../known-domains.ts';
import { readMaker, requireCovered } from '../maker.ts';
import { newInvitation } from '../passwords/invitation.ts';
import { requirePermission } from '../permissions.ts';
import { isAdministrator, keepOtherAdministrator } from './other-administrator.ts';
import { asGrants, nameKeyOf, requireOwnPerson, seenPerson, signInNameOf, viewPerson } from './people.ts';

/**
 * Makes a person, who chooses a password with the returned invitation. The invitation is shown this once.
 *
 * @throws `forbidden` when the person could do more than their maker; `invalid_request`; `conflict` for a name that is
 * taken
 */
export const createPerson = async (
  host: Host,
  principal: Principal,
  { name, mail, domain: wished, grants: wanted }: CreatePersonRequest,
): Promise<{ view: PersonView; invitation: string }> => {
  const domain = wished ?? ownDomain(principal);
  const grants = await requireGrants(host, principal, domain, wanted);
  const id = newId('person');
  const { text, invitation } = newInvitation(host, id);
  const record = await commitFresh(host.catalog, async () => {
    const maker = await readLastingMaker(host, principal);
    const made: PersonRecord = {
      ...{ id, domain, name, mail, grants, invitation, disabled: false, epoch: 0, knownSources: [] },
      ...{ passwordHash: null, passwordChangedAt: null, passwordOwnSince: null },
      ...{ createdAt: timestamp(host.clock), createdBy: principal.name, madeWith: maker.id },
    };
    const changes = [...maker.kept, ...(await takingName(host, made)), put('person', made, 'absent')];
    return { changes: [...changes, tellOfPerson(host, principal, made, 'person.created')], result: made };
  });
  host.log.info('a person was created', { personId: id, domain, by: principal.name });
  return { view: await viewPerson(host, record), invitation: text };
};

/** @throws `forbidden`, `invalid_request` */
const requireGrants = async (
  host: Host,
  principal: Principal,
  home: string | null,
  wanted: CreatePersonRequest['grants'],
): Promise<PersonGrant[]> => {
  requirePermission(principal, 'token.write', home);
  const grants = wanted.map(({ role, domain }) => ({ role, domain: domain === undefined ? home : domain }));
  if (home !== null && grants.some(({ domain }) => domain !== home))
    throw new HoldfastError(
      'invalid_request',
      `a person of domain "${home}" can have roles only in that domain; for other roles, create a person of the whole installation`,
    );
  requireCovered(principal, asGrants(grants), 'a person');
  for (const domain of new Set([home, ...grants.map((one) => one.domain)]))
    if (domain !== null) await assertDomain(host, principal, domain);
  return grants;
};

/** @throws `forbidden` for a token that expires: a person whom it makes would not expire */
export const readLastingMaker = async (host: Host, principal: Principal) => {
  const maker = await readMaker(host, principal);
  if (maker.expiresAt === null) return maker;
  throw new HoldfastError(
    'forbidden',
    `the token of this request expires at ${maker.expiresAt}, and a token that expires cannot create people: use one without an end, or sign in as a person`,
  );
};

/** @throws `conflict` */
const takingName = async (host: Host, record: PersonRecord): Promise<Change[]> => {
  const id = nameKeyOf(record);
  const taken = await host.catalog.get('personName', id);
  if (taken === undefined) return [put('personName', { id, personId: record.id }, 'absent')];
  if (taken.record.personId === record.id) return [];
  throw new HoldfastError('conflict', `somebody else signs in as ${signInNameOf(record)} already`);
};

export const tellOfPerson = (
  host: Host,
  { name: by }: Pick<Principal, 'name'>,
  record: PersonRecord,
  type: 'person.created' | 'person.removed',
): Change =>
  tell(host, {
    type,
    title: `${by} ${type === 'person.created' ? 'created' : 'deleted'} the person ${signInNameOf(record)}`,
    ...(record.domain !== null && { domain: record.domain }),
    by,
    lines: record.grants.map(
      ({ role, domain }) => `${role} in ${domain === null ? 'the whole installation' : `domain ${domain}`}`,
    ),
    ...(type === 'person.created' && {
      nextSteps: ['If this was not intended:', `  holdfast user disable ${record.id}`],
    }),
  });

/**
 * A person, for a caller who may change them: nobody changes a person who has more rights than they have themselves.
 *
 * @throws `not_found`, `forbidden`
 */
export const changeablePerson = async (
  host: Host,
  principal: Principal,
  id: string,
): Promise<Versioned<PersonRecord>> => {
  const found = await seenPerson(host, principal, id);
  requirePermission(principal, 'token.write', found.record.domain);
  requireCovered(principal, asGrants(found.record.grants), 'a person');
  return found;
};

/**
 * The condition to commit with a change that takes rights away: another administrator stays. @throws `conflict` for the
 * last administrator
 */
export const keepingAdministrator = async (
  host: Host,
  before: PersonRecord,
  after: PersonRecord | undefined,
): Promise<Change[]> =>
  isAdministrator(before) && (after === undefined || !isAdministrator(after))
    ? [await keepOtherAdministrator(host, before.id)]
    : [];

/** Replaces name, mail and roles. Sessions stay, with the rights of the new roles. @throws as `createPerson` */
export const changePerson = async (
  host: Host,
  principal: Principal,
  id: string,
  { name, mail, grants: wanted }: ChangePersonRequest,
): Promise<PersonView> => {
  const record = await commitFresh(host.catalog, async () => {
    const found = await changeablePerson(host, principal, id);
    requireOwnPerson(found.record);
    const { domain } = found.record;
    const grants = await requireGrants(host, principal, domain, wanted);
    const changed = { ...found.record, name, mail, grants };
    const { kept } = await readLastingMaker(host, principal);
    const formerName = nameKeyOf(found.record);
    const changes: Change[] = [
      ...(await keepingAdministrator(host, found.record, changed)),
      ...kept,
      ...(await takingName(host, changed)),
      ...(formerName === nameKeyOf(changed) ? [] : [{ remove: 'personName', id: formerName } as const]),
      put('person', changed, found.version),
    ];
    return { changes: onceEach(changes), result: changed };
  });
  return viewPerson(host, record);
};

/**
 * When several changes put one record, the last counts: a person may change themselves, or be the administrator that
 * stays.
 */
export const onceEach = (changes: readonly Change[]): Change[] => {
  const keyOf = (change: Change): string =>
    'put' in change
      ? `${change.put} ${'id' in change.record ? change.record.id : JSON.stringify(change.record)}`
      : `${change.remove} ${change.id}`;
  return [...new Map(changes.map((change) => [keyOf(change), change])).values()];
};
