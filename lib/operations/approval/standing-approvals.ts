import { allows, type Home } from '../../model/access/permissions.ts';
import { isApprovalSigned } from '../../model/approval-plan.ts';
import type { ApprovalRecord, GrantedApproval } from '../../model/records/approval.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { presentGrants } from '../access/maker.ts';
import { whyNoApprover } from './approver-rules.ts';

/**
 * Which approvals count at this moment: signed by this installation over this very digest, each of another person, who
 * may still approve this. Only the function that approves can make such a signature.
 *
 * @returns `fallen`: why each of the others does not count
 */
export const standingApprovals = async (
  host: Host,
  record: ApprovalRecord,
  homes: readonly Home[],
): Promise<{ standing: GrantedApproval[]; fallen: string[] }> => {
  const ownKeys = new Set<string>();
  for await (const { publicKey, own } of everyRecord(host, 'verifyKey')) if (own) ownKeys.add(publicKey);
  const standing: GrantedApproval[] = [];
  const fallen: string[] = [];
  for (const approval of record.approvals) {
    const why = await whyFallen(host, record, approval, { homes, ownKeys, counted: standing });
    if (why === undefined) standing.push(approval);
    else fallen.push(`that of ${approval.by.name} (${why})`);
  }
  return { standing, fallen };
};

const whyFallen = async (
  host: Host,
  record: ApprovalRecord,
  approval: GrantedApproval,
  now: {
    readonly homes: readonly Home[];
    readonly ownKeys: ReadonlySet<string>;
    readonly counted: readonly GrantedApproval[];
  },
): Promise<string | undefined> => {
  const { by } = approval;
  if (!now.ownKeys.has(approval.verifyKey) || !isApprovalSigned(record, approval))
    return 'its signature is not valid';
  if (now.counted.some((other) => other.by.id === by.id)) return 'it is there twice';
  const grants = await presentGrants(host, by);
  if (grants === undefined) return 'the person was deleted or disabled';
  if (!now.homes.every((home) => allows(grants, 'approval.grant', home)))
    return 'the person has lost the right to approve';
  return whyNoApprover(host, record, by);
};
