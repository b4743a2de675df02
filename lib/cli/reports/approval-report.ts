/** A request for approval as people read it. */
import type { ApprovalView, GrantedApproval } from '../../model/records/approval.ts';
import type { Answer } from '../requests/answer.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

const nameOf = (granted: Answer<GrantedApproval>): string =>
  `${visible(granted.part('by').text('name'))}, ${shownTime(granted.text('at'))}`;

export const approvalReport = (approval: Answer<ApprovalView>): string[] => [
  ...pairLines([
    ['request', visible(approval.text('id'))],
    ['state', visible(approval.text('state'))],
    ['action', visible(approval.text('action'))],
    ['of', visible(approval.text('subject'))],
    ['asked by', visible(approval.part('requestedBy').text('name'))],
    ['asked', shownTime(approval.text('createdAt'))],
    ['until', shownTime(approval.text('expiresAt'))],
    ['approvals', `${approval.list('approvals').length} of ${approval.count('needed')}`],
    ...approval.list('approvals').map((granted) => ['', nameOf(granted)] as const),
    ['dry run', visible(approval.text('dryRunId'))],
    ['without approval', visible(approval.text('breakGlass'))],
    ['digest', visible(approval.text('digest'))],
  ]),
  '',
  'The exact plan; its SHA-256 is the digest:',
  visible(approval.text('planText').trimEnd()),
];
