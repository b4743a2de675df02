/** Requests for approval: listed, shown, approved, rejected, withdrawn. */

import type { Principal } from '../../model/access/principal.ts';
import { approvalState, approvalStatement, planText } from '../../model/approval-plan.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ApprovalRecord, ApprovalView, GrantedApproval } from '../../model/records/approval.ts';
import type { ApproveRequest } from '../../model/requests/approvals.ts';
import type { Page } from '../../model/requests/page.ts';
import { put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { listPermitted, permittedRecord } from '../access/permitted.ts';
import { commitFresh } from '../task/fresh-commit.ts';
import { tell } from '../task/tell.ts';
import { whyNoApprover, whyNoPerson } from './approver-rules.ts';
import { actorOf } from './new-approval.ts';
import { tellApproval } from './tell-approval.ts';

const viewOf = ({ clock }: Pick<Host, 'clock'>, record: ApprovalRecord): ApprovalView => ({
  ...record,
  state: approvalState(record, clock.now()),
  planText: planText(record.plan),
});

/** The requests for approval of the domains in which the principal may read them, the newest first. */
export const listApprovals = async (
  host: Host,
  principal: Principal,
  { skip, limit }: { skip: number; limit: number },
): Promise<Page<ApprovalView>> => {
  const { total, records } = await listPermitted(host, principal, 'approval.read', 'approval', {
    ...{ skip, limit },
    descending: true,
  });
  return { skip, limit, total, resources: records.map((record) => viewOf(host, record)) };
};

/** @throws `not_found`, `forbidden` */
export const showApproval = async (host: Host, principal: Principal, id: string): Promise<ApprovalView> => {
  const { record } = await permittedRecord(host, principal, 'approval.read', 'approval', id);
  return viewOf(host, record);
};

/**
 * Approves a plan, by its digest. What is signed says that this installation saw this person approve this digest at this
 * time; it is no signature of the person's own.
 *
 * @throws `not_found`; `forbidden` when the caller does not count as another person; `approval_stale` for another
 * digest, and when the request can no longer be approved; `conflict` for a second approval of the same person
 */
export const approve = (
  host: Host,
  principal: Principal,
  id: string,
  { digest, comment = '' }: ApproveRequest,
): Promise<ApprovalView> =>
  commitFresh(host.catalog, async () => {
    const { record, version } = await permittedRecord(host, principal, 'approval.grant', 'approval', id);
    const why = whyNoPerson(principal) ?? (await whyNoApprover(host, record, principal));
    if (why !== undefined) throw new HoldfastError('forbidden', `${principal.name} ${why}`);
    requireOpen(host, record);
    if (digest !== record.digest)
      throw new HoldfastError(
        'approval_stale',
        `the digest does not match the plan of ${id}, whose digest is ${record.digest}; look at the plan again: holdfast approval show ${id}`,
        { details: { fields: ['digest'] } },
      );
    if (record.approvals.some(({ by }) => by.id === principal.id))
      throw new HoldfastError('conflict', `${principal.name} has approved ${id} already`);
    const granted = await signedApproval(host, principal, record, comment);
    const next = { ...record, approvals: [...record.approvals, granted] };
    return {
      changes: [put('approval', next, version), tell(host, tellApproval.granted(next, granted.by))],
      result: viewOf(host, next),
    };
  });

const signedApproval = async (
  { vault, clock, config }: Host,
  principal: Principal,
  { id, digest }: ApprovalRecord,
  comment: string,
): Promise<GrantedApproval> => {
  const signed = {
    by: actorOf(principal),
    at: clock.now().toISOString(),
    verifyKey: Buffer.from(await vault.verifyKey()).toString('base64'),
  };
  const statement = approvalStatement({
    purpose: 'holdfast approval',
    installation: config.installation,
    approvalId: id,
    digest,
    ...signed,
  });
  return { ...signed, signature: Buffer.from(await vault.sign(statement)).toString('base64'), comment };
};

/** @throws `approval_stale` */
const requireOpen = (host: Host, record: ApprovalRecord): void => {
  const state = approvalState(record, host.clock.now());
  if (state === 'WAITING' || state === 'APPROVED') return;
  throw new HoldfastError(
    'approval_stale',
    `the request for approval ${record.id} is ${state}: it can no longer be changed`,
    { details: { fields: [], state } },
  );
};

/**
 * Rejects a request. This also takes an approval back, as long as it is not used. @throws `not_found`, `forbidden`,
 * `approval_stale`
 */
export const reject = (host: Host, principal: Principal, id: string, reason: string): Promise<ApprovalView> =>
  commitFresh(host.catalog, async () => {
    const { record, version } = await permittedRecord(host, principal, 'approval.grant', 'approval', id);
    return ending(host, principal, { record, version }, 'REJECTED', reason);
  });

/** Withdraws a request; only the principal who asked may do so. @throws `not_found`, `forbidden`, `approval_stale` */
export const withdraw = (host: Host, principal: Principal, id: string): Promise<ApprovalView> =>
  commitFresh(host.catalog, async () => {
    const found = await permittedRecord(host, principal, 'approval.read', 'approval', id);
    const { requestedBy } = found.record;
    if (requestedBy.id !== principal.id || requestedBy.kind !== principal.kind)
      throw new HoldfastError(
        'forbidden',
        `the request for approval ${id} was made by ${requestedBy.name}, and only its requester can withdraw it; people who may approve it can reject it`,
      );
    return ending(host, principal, found, 'WITHDRAWN', '');
  });

const ending = (
  host: Host,
  principal: Principal,
  { record, version }: { readonly record: ApprovalRecord; readonly version: number },
  how: 'REJECTED' | 'WITHDRAWN',
  reason: string,
) => {
  requireOpen(host, record);
  const at = host.clock.now().toISOString();
  const next: ApprovalRecord = { ...record, ended: { how, at, by: actorOf(principal), reason } };
  return {
    changes: [put('approval', next, version), tell(host, tellApproval.refused(next))],
    result: viewOf(host, next),
  };
};

/** Removes requests that ended before the oldest rows that the audit trail keeps. For the sweep. */
export const forgetOldApprovals = async (host: Host): Promise<void> => {
  const before = host.clock.now().getTime() - host.config.audit.keepDays * 24 * 3600_000;
  const { records } = await host.catalog.list('approval', { limit: 100 });
  for (const { id, expiresAt } of records)
    if (Date.parse(expiresAt) < before) await host.catalog.commit([{ remove: 'approval', id }]);
};
