/** Requests for approval: what a caller wants to do, and what others decide. */
import {
  approvalActorSchema,
  approvalEndSchema,
  approvalFactsSchema,
  approvalPlanSchema,
  approvalViewSchema,
  factsByAction,
  grantedApprovalSchema,
  restoredToSchema,
} from '../../model/records/approval.ts';
import { approveSchema, rejectSchema } from '../../model/requests/approvals.ts';
import { pageSchema } from '../../model/requests/page.ts';
import {
  approve,
  listApprovals,
  reject,
  showApproval,
  withdraw,
} from '../../operations/approval/approvals.ts';
import { always, never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { idParams } from './backups.ts';

named('Approval', approvalViewSchema);
named('ApprovalPlan', approvalPlanSchema);
named('ApprovalFacts', approvalFactsSchema);
named('RestoreFacts', factsByAction.restore);
named('RestoredTo', restoredToSchema);
named('KeyExportFacts', factsByAction['key.export']);
named('KeyDeletionFacts', factsByAction['key.delete']);
named('BackupDeletionFacts', factsByAction['backup.delete']);
named('BackupReleaseFacts', factsByAction['backup.release']);
named('PolicyChangeFacts', factsByAction['policy.change']);
named('ApprovalActor', approvalActorSchema);
named('GrantedApproval', grantedApprovalSchema);
named('ApprovalEnd', approvalEndSchema);
named('Approve', approveSchema);
named('Reject', rejectSchema);

const one = { of: 'approval', params: idParams } as const;
const answersApproval = { answers: { status: 200, schema: approvalViewSchema } } as const;

export const approvalRoutes = [
  route({
    method: 'GET',
    path: '/v1/approvals',
    operationId: 'listApprovals',
    needs: 'approval.read',
    summary: 'List requests for approval, the newest first.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('ApprovalPage', approvalViewSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listApprovals(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/approvals/{id}',
    operationId: 'getApproval',
    ...one,
    needs: 'approval.read',
    summary: 'Get a request for approval: the exact plan, its digest, and who has approved it.',
    ...answersApproval,
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await showApproval(host, principal, params.id),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/approvals/{id}/approve',
    operationId: 'approve',
    freshProof: always('the requester can do it from then on'),
    ...one,
    needs: 'approval.grant',
    alsoNeeds:
      'Only a person can approve, not a token alone; it must not be the person who asked, nor the one who created the token that asked.',
    summary: 'Approve a plan by the digest that was shown. The installation signs the approval.',
    refuses: ['approval_stale', 'conflict', 'storage_full'],
    body: approveSchema,
    ...answersApproval,
    handle: async ({ host, principal, params, body }) => {
      const view = await approve(host, principal, params.id, body);
      return { status: 200, body: view, auditNote: `approved plan sha256:${view.digest}` };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/approvals/{id}/reject',
    operationId: 'reject',
    freshProof: never('the requester can ask again'),
    ...one,
    needs: 'approval.grant',
    summary: 'Reject a plan. This also takes an approval back, as long as it was not used.',
    refuses: ['approval_stale', 'conflict', 'storage_full'],
    body: rejectSchema,
    ...answersApproval,
    handle: async ({ host, principal, params, body }) => ({
      status: 200,
      body: await reject(host, principal, params.id, body.reason ?? ''),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/approvals/{id}/withdraw',
    operationId: 'withdraw',
    freshProof: never('the requester can ask again'),
    ...one,
    needs: 'approval.read',
    alsoNeeds: 'Only the requester can withdraw a request for approval.',
    summary: 'Withdraw a request for approval that the caller has made.',
    refuses: ['approval_stale', 'conflict', 'storage_full'],
    ...answersApproval,
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await withdraw(host, principal, params.id),
    }),
  }),
];
