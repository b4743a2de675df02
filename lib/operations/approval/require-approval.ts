/**
 * The guard before an act that other people have to approve first. The operation itself calls it, so that no way to the
 * act avoids it. Without an approval it stores exactly what is to be done, and refuses. With one it checks that this is
 * still the same, and returns the change that uses the approval up. Commit that change in the transaction that begins
 * the act: then one approval begins one act, and a crash leaves both or neither.
 */

import type { Principal } from '../../model/access/principal.ts';
import { keptFacts } from '../../model/approval-plan.ts';
import type { ApprovalFacts } from '../../model/records/approval.ts';
import type { Host } from '../../ports/host.ts';
import { askForApproval } from './ask-for-approval.ts';
import { passWithoutApproval } from './break-glass.ts';
import type { ApprovalChoice, Passed, Proposed } from './proposed.ts';
import { useApproval } from './use-approval.ts';

export const isApprovalWanted = (
  { config }: Pick<Host, 'config'>,
  action: ApprovalFacts['action'],
): boolean => config.approval.actions.includes(action);

/**
 * Lets an act pass that needs no approval, or has one.
 *
 * @throws `approval_required`, with the stored request as `details.approval`; `approval_stale`, with what differs as
 * `details.fields`; `not_found` for a request for approval of another principal; `forbidden` when the principal may not
 * act without approval
 */
export const requireApproval = async (
  host: Host,
  principal: Principal,
  { facts, ...about }: Proposed,
  { approvalId, breakGlass }: ApprovalChoice = {},
): Promise<Passed> => {
  if (!isApprovalWanted(host, facts.action)) return { changes: [] };
  const proposed = { ...about, facts: keptFacts(facts) };
  if (breakGlass !== undefined) return passWithoutApproval(host, principal, proposed, breakGlass);
  if (approvalId !== undefined) return useApproval(host, principal, proposed, approvalId);
  throw await askForApproval(host, principal, proposed);
};
