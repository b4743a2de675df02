import type { Home } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { approvalState, differingFields, digestOfPlan } from '../../model/approval-plan.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ApprovalRecord } from '../../model/records/approval.ts';
import { put, type Versioned } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { isSeen } from '../access/permitted.ts';
import { tell } from '../task/tell.ts';
import { approvalRequired, isOfRequester } from './ask-for-approval.ts';
import { actorOf } from './new-approval.ts';
import type { Passed, Proposed } from './proposed.ts';
import { standingApprovals } from './standing-approvals.ts';
import { tellApproval } from './tell-approval.ts';

/** Checks that an approval is for what is asked now, and still counts. @throws as `requireApproval` */
export const useApproval = async (
  host: Host,
  principal: Principal,
  proposed: Proposed,
  id: string,
): Promise<Passed> => {
  const { record, version } = await ownApproval(host, principal, id);
  const state = approvalState(record, host.clock.now());
  if (state === 'WAITING') throw approvalRequired(record, state);
  if (state !== 'APPROVED')
    throw new HoldfastError(
      'approval_stale',
      `the request for approval ${id} is ${state}: it can no longer be used; send the request without it to ask again`,
      { details: { fields: [], state } },
    );
  refuseDrift(record, proposed);
  await requireStanding(host, record, proposed.homes);
  const used: ApprovalRecord = {
    ...record,
    ended: { how: 'USED', at: host.clock.now().toISOString(), by: actorOf(principal), reason: '' },
  };
  return {
    changes: [put('approval', used, version), tell(host, tellApproval.used(used))],
    approval: used,
  };
};

const ownApproval = async (
  host: Host,
  principal: Principal,
  id: string,
): Promise<Versioned<ApprovalRecord>> => {
  const found = await host.catalog.get('approval', id);
  if (found === undefined || !(await isSeen<'approval'>(host, principal, found.record)))
    throw new HoldfastError('not_found', `there is no request for approval with the id "${id}"`);
  if (isOfRequester(found.record, principal)) return found;
  throw new HoldfastError(
    'forbidden',
    `the request for approval ${id} was made by ${found.record.requestedBy.name}, and nobody else can use it`,
  );
};

/** @throws `approval_stale` */
const refuseDrift = ({ id, plan, digest }: ApprovalRecord, { facts }: Proposed): void => {
  const fields = differingFields(plan.facts, facts);
  if (fields.length === 0 && digestOfPlan({ ...plan, facts }) === digest) return;
  throw new HoldfastError(
    'approval_stale',
    `this request is not the one that was approved: ${fields.join(', ') || 'the plan'} ${fields.length > 1 ? 'differ' : 'differs'}; send the request without ${id} to ask for a new approval`,
    { details: { fields } },
  );
};

/** @throws `approval_required` when too few approvals still count */
const requireStanding = async (host: Host, record: ApprovalRecord, homes: readonly Home[]): Promise<void> => {
  const needed = Math.max(record.needed, host.config.approval.approvers);
  const { standing, fallen } = await standingApprovals(host, record, homes);
  if (standing.length >= needed) return;
  throw new HoldfastError(
    'approval_required',
    `${standing.length} of ${needed} approvals of ${record.id} count${fallen.length === 0 ? '' : `; no longer valid: ${fallen.join('; ')}`}; another person has to approve it: holdfast approval show ${record.id}`,
    { details: { approval: { id: record.id, needed, approvals: standing.length } } },
  );
};
