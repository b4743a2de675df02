/** Who counts as another person. */

import type { Principal } from '../../model/access/principal.ts';
import type { ApprovalActor, ApprovalRecord } from '../../model/records/approval.ts';
import type { Host } from '../../ports/host.ts';
import { makersOf } from '../access/makers.ts';

const HOUR = 3600_000;

/**
 * Why somebody may not approve this, in words that follow their name; undefined: they may. A token alone is nobody: whoever
 * found it could approve. Whoever made the token that asks, or a token before it, asks with it.
 */
export const whyNoApprover = async (
  host: Host,
  { requestedBy }: Pick<ApprovalRecord, 'requestedBy'>,
  { kind, id }: Pick<ApprovalActor, 'kind' | 'id'>,
): Promise<string | undefined> => {
  if (kind !== 'person') return 'is no person: a token alone approves nothing; sign in as a person';
  if (id === requestedBy.id) return 'asked for it';
  if ((await makersOf(host, requestedBy)).includes(id)) return 'made the token that asked for it';
  return whyTooNew(host, id);
};

/** Why a request shows no person at work, in words that follow the name: a token of an issuer may be in a program's hands. */
export const whyNoPerson = ({ credential = '' }: Pick<Principal, 'credential'>): string | undefined =>
  credential.startsWith('oidc:')
    ? 'asks with a token, and a token alone approves nothing; sign in on the page'
    : undefined;

/**
 * Whoever makes a person, or sets the password of one, could sign in as that person, and approve what they asked for
 * themselves. So a new password waits, and others hear of the new person first. Of one who signs in at an
 * issuer the first sign-in counts: somebody may have an account here and another one there.
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
  return `is new, or somebody else set the password: that person can approve in ${left} ${left === 1 ? 'hour' : 'hours'}`;
};
