/** Acts without the approval that they need: possible if the configuration allows it, and everybody is told. */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ApprovalRecord } from '../../model/records/approval.ts';
import { domainsOfHomes } from '../../model/records/scope.ts';
import { put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { toAdministrators } from '../access/people/administrator-mails.ts';
import { requirePermission } from '../access/permissions.ts';
import { recordAct } from '../audit/act.ts';
import { tell } from '../task/tell.ts';
import { actorOf, newApproval } from './new-approval.ts';
import type { Passed, Proposed } from './proposed.ts';
import { tellApproval } from './tell-approval.ts';

/**
 * @param reason Why, in one line.
 * @throws `forbidden` where the configuration or the permissions do not allow it
 */
export const passWithoutApproval = async (
  host: Host,
  principal: Principal,
  proposed: Proposed,
  reason: string,
): Promise<Passed> => {
  if (!host.config.approval.breakGlass)
    throw new HoldfastError(
      'forbidden',
      'the configuration does not allow this without approval ("approval.breakGlass": false); ask for approval, or have the operator of the host change it',
    );
  for (const home of proposed.homes) requirePermission(principal, 'approval.break-glass', home);
  const at = host.clock.now().toISOString();
  const record: ApprovalRecord = {
    ...newApproval(host, principal, proposed),
    ended: { how: 'USED', at, by: actorOf(principal), reason },
    breakGlass: reason,
  };
  // The audit trail records this before anything is done, and whatever the outcome of the act.
  await recordAct(
    host,
    {
      principal,
      action: 'approval.break-glass',
      permission: 'approval.break-glass',
      subject: proposed.subject,
      domains: domainsOfHomes(proposed.homes),
      note: `${proposed.facts.action} without approval; plan sha256:${record.digest}; reason: ${reason}`,
    },
    { outcome: 'done', status: null, code: null, made: `approvals/${record.id}` },
  );
  host.log.warn('break-glass: an act was started without approval', {
    action: proposed.facts.action,
    subject: proposed.subject,
    by: principal.name,
    approvalId: record.id,
  });
  return {
    changes: [
      put('approval', record, 'absent'),
      tell(host, { ...tellApproval.brokenGlass(record), ...(await toAdministrators(host)) }),
    ],
    approval: record,
  };
};
