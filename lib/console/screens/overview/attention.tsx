/** What a person has to look after. */
import type { ApprovalView } from '../../../model/records/approval.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import type { BackupKeyView } from '../../../model/records/keys.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { Notice } from '../../parts/notice.tsx';
import { to } from '../../routing.ts';
import { approvalWords } from '../../words/approval.ts';
import type { Standing } from './standing.ts';
import { words } from './words.ts';

interface Need {
  readonly id: string;
  readonly tone: 'attention' | 'bad';
  readonly title: string;
  readonly text?: string;
  readonly link?: { readonly href: string; readonly text: string };
}

export const needsOf = ({
  standings,
  backups,
  keys,
  approvals,
}: {
  standings: readonly Standing[];
  backups: readonly BackupView[];
  /** Undefined for whoever may not see them. */
  keys: readonly BackupKeyView[] | undefined;
  /** What waits for others, and who looks. */
  approvals: { readonly all: readonly ApprovalView[]; readonly of: Looking };
}): Need[] => {
  const t = words();
  const needs: Need[] = [];
  const last = backups.find(({ state }) => state !== 'IN_PROGRESS' && state !== 'CANCELLED');
  if (last !== undefined && (last.state === 'FAILED' || last.state === 'PARTIAL'))
    needs.push({
      id: 'last',
      tone: last.state === 'FAILED' ? 'bad' : 'attention',
      title: (last.state === 'FAILED' ? t.failed : t.partial)(visible(last.label)),
      text: visible(last.shortError),
      link: { href: to(`/backups/${last.id}`), text: t.look },
    });
  // Before the first backup all of them are missing, and the page offers to make it.
  if (backups.length > 0)
    for (const { component, good, point } of standings)
      if (point === 'red')
        needs.push({
          id: `component ${component.id}`,
          tone: 'bad',
          title: (good === undefined ? t.neverOne : t.oldOne)(visible(component.id)),
        });
  needs.push(...approvalNeeds(approvals.all, approvals.of));
  if (
    keys !== undefined &&
    keys.length > 0 &&
    keys.every(({ exportedAt, importedFrom }) => exportedAt === undefined && importedFrom === null)
  )
    needs.push({
      id: 'keys',
      tone: 'attention',
      title: t.noKeyFile,
      text: t.noKeyFileHint,
      link: { href: to('/keys'), text: t.downloadKey },
    });
  return needs;
};

/** Whoever looks: a person may approve what others asked for, where the role allows it. */
export interface Looking {
  readonly kind: string;
  readonly id: string;
  readonly mayApprove: boolean;
}

const approvalNeeds = (all: readonly ApprovalView[], { kind, id, mayApprove }: Looking): Need[] => {
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

export const Attention = ({ needs }: { needs: readonly Need[] }) => {
  const t = words();
  return (
    <section class="card attention" aria-labelledby="attention">
      <h2 id="attention">{t.attention}</h2>
      {needs.length === 0 && <Notice tone="good" title={t.nothingToDo} />}
      <ul class="plain-list">
        {needs.map(({ id, tone, title, text, link }) => (
          <li key={id}>
            <Notice tone={tone} title={title}>
              {text !== undefined && text !== '' && <p>{text}</p>}
              {link !== undefined && <a href={link.href}>{link.text}</a>}
            </Notice>
          </li>
        ))}
      </ul>
    </section>
  );
};
