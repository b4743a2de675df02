/** How a person gets a password: by an invitation, by changing their own, or from an administrator. */

import { passwordFault } from '../../../model/access/password.ts';
import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { PersonRecord, PersonView } from '../../../model/records/person.ts';
import type { AcceptInvitationRequest, SetPasswordRequest } from '../../../model/requests/people.ts';
import { type Change, put } from '../../../ports/catalog/catalog.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh } from '../../task/fresh-commit.ts';
import { tell } from '../../task/tell.ts';
import { toAdministrators } from '../people/administrator-mails.ts';
import {
  changeablePerson,
  keepingAdministrator,
  onceEach,
  readLastingMaker,
} from '../people/create-person.ts';
import { requireOwnPerson, signInNameOf, viewPerson, withSessionsEnded } from '../people/people.ts';
import { isHashKept } from '../secret.ts';
import { proveIdentity } from '../sessions/prove-identity.ts';
import { newInvitation, readInvitation } from './invitation.ts';
import { hashPassword } from './password-hash.ts';

/** @throws `invalid_request`, naming the field */
const requireGoodPassword = (host: Host, { name, mail, domain }: PersonRecord, password: string): void => {
  const names = [name, mail, domain, host.config.installation].filter((one) => one !== null);
  const message = passwordFault(password, names);
  if (message === undefined) return;
  throw new HoldfastError('invalid_request', `password: ${message}`, {
    details: { errors: [{ path: 'password', message }] },
  });
};

const withPassword = (
  host: Host,
  record: PersonRecord,
  passwordHash: string,
  { isOwn }: { readonly isOwn: boolean },
): PersonRecord => {
  const now = timestamp(host.clock);
  return {
    ...withSessionsEnded(record),
    passwordHash,
    passwordChangedAt: now,
    passwordOwnSince: isOwn ? record.passwordOwnSince : now,
    invitation: null,
  };
};

/**
 * Sets the password of a person: the caller's own, with the old password as proof, or that of a person whom the caller
 * may change. All sessions of the person end, except the one that asks.
 *
 * @throws `forbidden`, `too_many_attempts`, `not_found`; `invalid_request` for a password that is too easy
 */
export const setPassword = async (
  host: Host,
  principal: Principal,
  id: string,
  { password, current }: SetPasswordRequest,
): Promise<void> => {
  const isOwn = principal.kind === 'person' && principal.id === id;
  const read = async () => {
    if (!isOwn) return changeablePerson(host, principal, id);
    const found = await host.catalog.get('person', id);
    if (found === undefined)
      throw new HoldfastError('unauthorized', 'your account was deleted in the meantime');
    return found;
  };
  const before = await read();
  requireOwnPerson(before.record);
  if (isOwn) await proveIdentity(host, principal, { password: current });
  requireGoodPassword(host, before.record, password);
  const hash = await hashPassword(password);
  await commitFresh(host.catalog, async () => {
    const found = await read();
    // The proof was for the former password: somebody may have set a new one since.
    if (isOwn && (found.record.disabled || found.record.passwordHash !== before.record.passwordHash))
      throw new HoldfastError('unauthorized', 'your password was changed in the meantime: sign in again');
    const record = withPassword(host, found.record, hash, { isOwn });
    const changes = isOwn
      ? await keepingSession(host, principal, record)
      : (await readLastingMaker(host, principal)).kept;
    const told = await tellOfPassword(host, principal.name, record);
    return { changes: onceEach([...changes, put('person', record, found.version), told]), result: undefined };
  });
  host.log.info('a password was set', { personId: id, by: principal.name });
};

/** Tells the person and all administrators of the installation, so that a theft is noticed. */
const tellOfPassword = async (host: Host, by: string, record: PersonRecord): Promise<Change> =>
  tell(host, {
    type: 'person.password-changed',
    title: `${by} set the password of ${signInNameOf(record)}`,
    ...(record.domain !== null && { domain: record.domain }),
    by,
    ...(await toAdministrators(host, record.mail)),
    lines: ['All other sessions of this person have ended.'],
    nextSteps: ['If this was not intended:', `  holdfast user disable ${record.id}`],
  });

/** The session that asks goes on: it has just proved whose it is. */
const keepingSession = async (
  host: Host,
  { credential = '' }: Principal,
  { epoch }: PersonRecord,
): Promise<Change[]> => {
  const [, id = ''] = /^session (\S+)$/.exec(credential) ?? [];
  const session = id === '' ? undefined : await host.catalog.get('session', id);
  return session === undefined ? [] : [put('session', { ...session.record, epoch }, session.version)];
};

/**
 * Makes a new invitation: the old password is forgotten, and all sessions end. The text is shown this once.
 *
 * @throws `not_found`, `forbidden`; `conflict` for the last administrator
 */
export const invitePerson = async (
  host: Host,
  principal: Principal,
  id: string,
): Promise<{ view: PersonView; invitation: string }> => {
  const { text, invitation } = newInvitation(host, id);
  const record = await commitFresh(host.catalog, async () => {
    const found = await changeablePerson(host, principal, id);
    requireOwnPerson(found.record);
    const { kept } = await readLastingMaker(host, principal);
    const invited = { ...withSessionsEnded(found.record), passwordHash: null, invitation };
    const changes = [...(await keepingAdministrator(host, found.record, invited)), ...kept];
    return { changes: onceEach([...changes, put('person', invited, found.version)]), result: invited };
  });
  host.log.info('a person was invited to choose a password', { personId: id, by: principal.name });
  return { view: await viewPerson(host, record), invitation: text };
};

/**
 * Sets the password of an invited person; the invitation is then used up.
 *
 * @returns the person, as the actor
 * @throws `unauthorized` when the invitation is not accepted, whatever the reason; `invalid_request`
 */
export const acceptInvitation = async (
  host: Host,
  { invitation: text, password }: AcceptInvitationRequest,
): Promise<Principal> => {
  const { record } = await invitedPerson(host, text);
  requireGoodPassword(host, record, password);
  const hash = await hashPassword(password);
  await commitFresh(host.catalog, async () => {
    const found = await invitedPerson(host, text);
    const chosen = withPassword(host, found.record, hash, { isOwn: false });
    const told = await tellOfPassword(host, signInNameOf(chosen), chosen);
    return { changes: [put('person', chosen, found.version), told], result: undefined };
  });
  return { id: record.id, name: signInNameOf(record), kind: 'person', grants: [], credential: 'invitation' };
};

const invitedPerson = async (host: Host, text: string) => {
  const claim = readInvitation(text);
  const found = claim && (await host.catalog.get('person', claim.id));
  const kept = found?.record.invitation;
  const isTaken =
    isHashKept(claim?.hash ?? '0'.repeat(64), kept?.hash) &&
    Date.parse(kept?.expiresAt ?? '') > host.clock.now().getTime();
  if (found !== undefined && isTaken && !found.record.disabled) return found;
  throw new HoldfastError(
    'unauthorized',
    'this invitation is not valid: it was used, replaced by a newer one, or has expired; ask for another one',
  );
};
