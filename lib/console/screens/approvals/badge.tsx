import type { ApprovalState } from '../../../model/records/approval.ts';
import { approvalWords } from '../../words/approval.ts';

const tones = {
  WAITING: 'attention',
  APPROVED: 'good',
  USED: 'plain',
  REJECTED: 'bad',
  WITHDRAWN: 'plain',
  EXPIRED: 'plain',
} as const satisfies Record<ApprovalState, string>;

export const ApprovalBadge = ({ state }: { state: ApprovalState }) => (
  <span class={`badge ${tones[state]}`}>{approvalWords()[state]}</span>
);
