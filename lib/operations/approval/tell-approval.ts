/** What people are told of requests for approval. */
import type { ApprovalAction, ApprovalActor, ApprovalRecord } from '../../model/records/approval.ts';
import type { Told } from '../task/tell.ts';

const acts: Readonly<Record<ApprovalAction, string>> = {
  restore: 'restore',
  'key.export': 'export a backup key',
  'key.delete': 'delete a backup key',
  'backup.delete': 'delete a backup',
  'backup.release': 'release a held backup',
  'policy.change': 'change the rules of retention',
};

const about = ({ domains, requestedBy }: ApprovalRecord) => ({
  ...(domains.length === 1 && { domain: domains[0] }),
  by: requestedBy.name,
});

const whatOf = ({ action, subject }: ApprovalRecord): string => `${acts[action]} (${subject})`;

const linesOf = (record: ApprovalRecord): string[] => [
  `what: ${whatOf(record)}`,
  `requested by: ${record.requestedBy.name}`,
  `request: ${record.id}`,
  `digest of the plan: ${record.digest}`,
];

export const tellApproval = {
  requested: (record: ApprovalRecord): Told => ({
    ...about(record),
    type: 'approval.requested',
    title: `${record.requestedBy.name} asks for approval to ${whatOf(record)}`,
    lines: [...linesOf(record), `it can be approved and used until ${record.expiresAt}`],
    nextSteps: [
      'See the exact plan, and approve or reject it:',
      `  holdfast approval show ${record.id}`,
      `  holdfast approval approve ${record.id}`,
    ],
  }),
  granted: (record: ApprovalRecord, by: ApprovalActor): Told => ({
    ...about(record),
    type: 'approval.granted',
    title: `${by.name} approved that ${record.requestedBy.name} may ${whatOf(record)}`,
    lines: [...linesOf(record), `approvals: ${record.approvals.length} of ${record.needed}`],
    nextSteps:
      record.approvals.length < record.needed
        ? ['More people have to approve it:', `  holdfast approval show ${record.id}`]
        : [`Send the same request again with --approval ${record.id}, before ${record.expiresAt}.`],
  }),
  refused: (record: ApprovalRecord): Told => ({
    ...about(record),
    type: 'approval.refused',
    title: `${record.ended?.by.name} ${record.ended?.how === 'WITHDRAWN' ? 'withdrew' : 'rejected'} the request of ${record.requestedBy.name} to ${whatOf(record)}`,
    lines: [...linesOf(record), ...(record.ended?.reason ? [`why: ${record.ended.reason}`] : [])],
  }),
  used: (record: ApprovalRecord): Told => ({
    ...about(record),
    type: 'approval.used',
    title: `${record.requestedBy.name} has started, with approval, to ${whatOf(record)}`,
    lines: [...linesOf(record), `approved by: ${record.approvals.map(({ by }) => by.name).join(', ')}`],
  }),
  brokenGlass: (record: ApprovalRecord): Told => ({
    ...about(record),
    type: 'approval.break-glass',
    title: `WITHOUT APPROVAL, ${record.requestedBy.name} has started to ${whatOf(record)}`,
    lines: [...linesOf(record), `reason: ${record.breakGlass}`],
    nextSteps: [
      'Find out whether this was intended. If it was not, revoke the access that was used:',
      `  holdfast token revoke ${record.requestedBy.id}`,
      'See what else was done:',
      '  holdfast audit list',
    ],
  }),
};
