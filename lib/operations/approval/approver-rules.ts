/** Who counts as another person. */

import type { Principal } from '../../model/access/principal.ts';
import type { ApprovalActor, ApprovalRecord } from '../../model/records/approval.ts';
import type { Host } from '../../ports/host.ts';
import { makersOf } from '../access/makers.ts';

const HOUR = 3600_000;

/**
 * Why an actor may not approve this, in words that follow the name; undefined: they may. A token alone approves
 * nothing: a thief could use it. The maker of the token that asks, or of a token before it, counts as the one who asks.
 */
export const whyNoApprover = async (
  host: Host,
  { requestedBy }: Pick<ApprovalRecord, 'requestedBy'>,
  { kind, id }: Pick<ApprovalActor, 'kind' | 'id'>,
): Promise<string | undefined> => {
  if (kind !== 'person') return 'is not a person: a token alone cannot approve; sign in as a person';
  if (id === requestedBy.id) return 'asked for it';
  if ((await makersOf(host, requestedBy)).includes(id)) return 'created the token that asked for it';
  return whyTooNew(host, id);
};

/**
 * Why a request does not prove that a person sent it, in words that follow the name: a program may hold a token of an
 * issuer.
 */
export const whyNoPerson = ({ credential = '' }: Pick<Principal, 'credential'>): string | undefined =>
  credential.startsWith('oidc:')
    ? 'uses a token, and a token alone cannot approve; sign in on the page'
    : undefined;

/**
 * Somebody who makes a person, or sets a person's password, could sign in as that person and approve their own request.
 * So a new password must wait before it approves, and others are told of the new person first. For a person of an
 * issuer the wait begins at the first sign-in: somebody may have an account here and another one there.
 */
const whyTooNew = async ({ catalog, clock, config }: Host, id: string): Promise<string | undefined> => {
  const person = (await catalog.get('person', id))?.record;
  if (person === undefined) return undefined;
  const { newApproverHours } = config.approval;
  const own = person.external === undefined ? person.passwordOwnSince : person.createdAt;
  const since = own === null ? undefined : Date.parse(own);
  const ownHours = since === undefined ? 0 : (clock.now().getTime() - since) / HOUR;
  if (newApproverHours === 0 || ownHours >= newApproverHours) return undefined;
  const left = Math.ceil(newApproverHours - Math.max(0, ownHours));
  return `is new, or somebody else set the password: this person can approve in ${left} ${left === 1 ? 'hour' : 'hours'}`;
};
