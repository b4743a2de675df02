import type { Principal } from '../../model/access/principal.ts';
import { digestOfPlan } from '../../model/approval-plan.ts';
import { newId } from '../../model/ids.ts';
import type { ApprovalActor, ApprovalPlan, ApprovalRecord } from '../../model/records/approval.ts';
import { domainsOfHomes } from '../../model/records/scope.ts';
import type { Host } from '../../ports/host.ts';
import type { Proposed } from './proposed.ts';

const HOUR = 3600_000;

export const actorOf = ({ kind, id, name }: Principal): ApprovalActor => ({ kind, id, name });

/** A request for approval, with the plan that is hashed. */
export const newApproval = (
  { clock, config }: Pick<Host, 'clock' | 'config'>,
  principal: Principal,
  { facts, subject, homes, dryRunId }: Proposed,
): ApprovalRecord => {
  const now = clock.now().getTime();
  const plan: ApprovalPlan = {
    format: 1,
    installation: config.installation,
    id: newId('approval'),
    requestedBy: actorOf(principal),
    expiresAt: new Date(now + config.approval.hours * HOUR).toISOString(),
    facts,
  };
  return {
    id: plan.id,
    action: facts.action,
    subject,
    domains: domainsOfHomes(homes),
    requestedBy: plan.requestedBy,
    createdAt: new Date(now).toISOString(),
    expiresAt: plan.expiresAt,
    plan,
    digest: digestOfPlan(plan),
    dryRunId: dryRunId ?? null,
    needed: config.approval.approvers,
    approvals: [],
    ended: null,
    breakGlass: null,
  };
};
