/** What needs a person. */
import type { ApprovalView } from '../../../model/records/approval.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import type { BackupKeyView } from '../../../model/records/keys.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { to } from '../../routing.ts';
import { isAtRisk } from '../../shown/keys.ts';
import { counted, duration } from '../../shown/times.ts';
import { approvalWords } from '../../words/approval.ts';
import { words as shared } from '../../words/shared.ts';
import type { Standing } from './standing.ts';
import { words } from './words.ts';

export interface Need {
  readonly id: string;
  readonly tone: 'attention' | 'bad';
  readonly title: string;
  readonly text?: string;
  readonly link?: { readonly href: string; readonly text: string };
}

export const needsOf = ({
  standings,
  isOfDomains,
  clockFault,
  backups,
  keys,
  approvals,
}: {
  standings: readonly Standing[];
  /**
   * Whether the person sees only domains. Backups of the whole system, which they do not see, may hold the components as
   * well.
   */
  isOfDomains: boolean;
  /** In milliseconds. */
  clockFault: number;
  backups: readonly BackupView[];
  /** Undefined for a person who may not see the keys. */
  keys: { readonly all: readonly BackupKeyView[]; readonly mayExport: boolean } | undefined;
  /** The requests for approval, and the person who looks at them. */
  approvals: { readonly all: readonly ApprovalView[]; readonly of: Viewer };
}): Need[] => {
  const t = words();
  const needs: Need[] = [];
  if (clockFault !== 0)
    needs.push({
      id: 'clock',
      tone: 'attention',
      title: t.wrongClock(duration(Math.abs(clockFault))),
      text: t.wrongClockHint,
    });
  const last = backups.find(({ state }) => state !== 'IN_PROGRESS' && state !== 'CANCELLED');
  if (last !== undefined && (last.state === 'FAILED' || last.state === 'PARTIAL'))
    needs.push({
      id: 'last',
      tone: last.state === 'FAILED' ? 'bad' : 'attention',
      title: (last.state === 'FAILED' ? t.failed : t.partial)(visible(last.label)),
      text: visible(last.shortError),
      link: { href: to(`/backups/${last.id}`), text: t.look },
    });
  // Before the first backup all components lack one. The page then offers to make it instead.
  if (backups.length > 0) needs.push(...componentNeeds(standings, isOfDomains));
  needs.push(...approvalNeeds(approvals.all, approvals.of));
  if (keys !== undefined && isAtRisk(keys.all))
    needs.push({
      id: 'keys',
      tone: 'attention',
      title: t.noKeyFile,
      text: t.noKeyFileHint,
      ...(keys.mayExport && { link: { href: to('/keys'), text: t.downloadKey } }),
    });
  return needs;
};

/** So many components with the same need are listed one by one; more of them are one need together. */
const ALONE = 3;

const componentNeeds = (standings: readonly Standing[], isOfDomains: boolean): Need[] => {
  const t = words();
  const red = standings.filter(({ point }) => point === 'red');
  const kinds = [
    {
      is: isOfDomains ? 'own' : 'never',
      of: red.filter(({ good, partly }) => good === undefined && partly === undefined),
    },
    { is: 'partly', of: red.filter(({ partly }) => partly !== undefined) },
    { is: 'old', of: red.filter(({ good }) => good !== undefined) },
  ] as const;
  return kinds.flatMap(({ is, of }): Need[] => {
    const names = of.map(({ component }) => visible(component.id));
    if (names.length <= ALONE)
      return names.map((name) => ({ id: `component ${name}`, tone: 'bad', title: t[`${is}One`](name) }));
    const rest = names.length - ALONE;
    return [
      {
        id: `components ${is}`,
        tone: 'bad',
        title: t[`${is}Many`](counted(names.length)),
        text: `${names.slice(0, ALONE).join(', ')} ${shared().andMore(rest)}`,
      },
    ];
  });
};

/** The person who looks. Only a person can approve what others asked for, and only with the permission for it. */
export interface Viewer {
  readonly kind: string;
  readonly id: string;
  readonly mayApprove: boolean;
}

const approvalNeeds = (all: readonly ApprovalView[], { kind, id, mayApprove }: Viewer): Need[] => {
  const t = words();
  const isOwn = ({ requestedBy }: ApprovalView): boolean =>
    requestedBy.id === id && requestedBy.kind === kind;
  const link = (approval: ApprovalView) => ({ href: to(`/approvals/${approval.id}`), text: t.look });
  return all.flatMap((approval): Need[] => {
    const name = `${approvalWords()[approval.action]}: ${visible(approval.subject)}`;
    const need = {
      id: `approval ${approval.id}`,
      tone: 'attention' as const,
      text: name,
      link: link(approval),
    };
    if (isOwn(approval)) return approval.state === 'APPROVED' ? [{ ...need, title: t.approved }] : [];
    const hasApproved = approval.approvals.some(({ by }) => by.id === id);
    const isAsked = approval.state === 'WAITING' && mayApprove && kind === 'person' && !hasApproved;
    return isAsked ? [{ ...need, title: t.waits(visible(approval.requestedBy.name)) }] : [];
  });
};
