import { isDeepStrictEqual } from 'node:util';
import type { Principal } from '../../model/access/principal.ts';
import { approvalState } from '../../model/approval-plan.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ApprovalRecord } from '../../model/records/approval.ts';
import { put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { tell } from '../task/tell.ts';
import { newApproval } from './new-approval.ts';
import type { Proposed } from './proposed.ts';
import { tellApproval } from './tell-approval.ts';

/** The most requests of one caller that may wait at once: more would not help approvers. */
const MOST_OPEN = 50;

/**
 * Stores what a caller wants to do. If the same act waits already, no second request is made.
 *
 * @returns the refusal, which names the stored request
 */
export const askForApproval = async (
  host: Host,
  principal: Principal,
  proposed: Proposed,
): Promise<HoldfastError> => {
  const now = host.clock.now();
  let open = 0;
  const newest = { group: principal.id, descending: true, limit: 4 * MOST_OPEN };
  for (const record of (await host.catalog.list('approval', newest)).records) {
    const state = approvalState(record, now);
    if (state !== 'WAITING' && state !== 'APPROVED') continue;
    open += 1;
    if (isOfRequester(record, principal) && isDeepStrictEqual(record.plan.facts, proposed.facts))
      return approvalRequired(record, state);
  }
  if (open >= MOST_OPEN)
    return new HoldfastError(
      'conflict',
      `${principal.name} has ${open} requests that wait for approval; withdraw some: holdfast approval list`,
    );
  const record = newApproval(host, principal, proposed);
  await host.catalog.commit([put('approval', record, 'absent'), tell(host, tellApproval.requested(record))]);
  return approvalRequired(record, 'WAITING');
};

export const approvalRequired = (record: ApprovalRecord, state: 'WAITING' | 'APPROVED'): HoldfastError => {
  const { id, digest, expiresAt, needed, approvals } = record;
  const others = needed === 1 ? 'another person has' : `${needed} other people have`;
  return new HoldfastError(
    'approval_required',
    state === 'APPROVED'
      ? `this is approved: send the same request with Holdfast-Approval: ${id} (--approval ${id}) before ${expiresAt}`
      : `${others} to approve this first, before ${expiresAt}: holdfast approval show ${id}; then send the same request with Holdfast-Approval: ${id} (--approval ${id})`,
    { details: { approval: { id, digest, state, expiresAt, needed, approvals: approvals.length } } },
  );
};

export const isOfRequester = ({ requestedBy }: ApprovalRecord, { id, kind }: Principal): boolean =>
  requestedBy.id === id && requestedBy.kind === kind;
