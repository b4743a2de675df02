/** One request for approval: the exact plan, who has approved it, and the buttons to decide on it. */
import type { ApprovalView } from '../../../model/records/approval.ts';
import { visible, visibleLines } from '../../../model/text/visible-text.ts';
import { getApproval } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { type Screen, type ScreenProps, useFrame } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { approvalWords } from '../../words/approval.ts';
import { ApprovalBadge } from '../approvals/badge.tsx';
import { words } from '../approvals/words.ts';
import { Decide } from './decide.tsx';
import { Facts } from './facts.tsx';

const LOOK_MILLISECONDS = 3_000;

const isOpen = ({ state }: ApprovalView): boolean => state === 'WAITING' || state === 'APPROVED';

const Approval = ({ params }: ScreenProps) => {
  const id = params.id ?? '';
  const live = useLive(
    (signal) => getApproval(id, signal),
    [id],
    (approval) => (approval === undefined || isOpen(approval) ? LOOK_MILLISECONDS : undefined),
  );
  return (
    <LiveScreen live={live} title={words().one}>
      {(approval) => <Shown approval={approval} onChanged={live.reload} />}
    </LiveScreen>
  );
};

const Shown = ({ approval, onChanged }: { approval: ApprovalView; onChanged: () => void }) => {
  const t = words();
  const { action, subject, requestedBy, createdAt, state } = approval;
  const { principal } = useFrame().session;
  const isOwn = requestedBy.id === principal.id && requestedBy.kind === principal.kind;
  return (
    <>
      <header class="screen-head">
        <div>
          <p class="quiet above">{t.one}</p>
          <h1>{approvalWords()[action]}</h1>
          <p class="quiet break">{visible(subject)}</p>
          <p>
            {t.who} <span class="name break">{visible(requestedBy.name)}</span> <Time at={createdAt} />
          </p>
        </div>
        <div role="status">
          <ApprovalBadge state={state} />
        </div>
      </header>
      <End approval={approval} />
      {isOwn && state === 'APPROVED' && (
        <Notice tone="good" title={t.next}>
          <a href={placeOf(approval)}>{t.toPlace}</a>
        </Notice>
      )}
      <Plan approval={approval} />
      <Granted approval={approval} />
      {isOpen(approval) && <Decide approval={approval} onChanged={onChanged} />}
    </>
  );
};

/** The place on the page where somebody can send the same request again. */
const placeOf = ({ id, plan: { facts } }: ApprovalView): string => {
  switch (facts.action) {
    case 'restore':
      return to(`/backups/${facts.backupId}/restore`, { approval: id });
    case 'backup.delete':
    case 'backup.release':
      return to(`/backups/${facts.backupId}`);
    case 'key.export':
    case 'key.delete':
      return to('/keys');
    case 'policy.change':
      return to('/schedules');
  }
};

const End = ({ approval: { ended, breakGlass } }: { approval: ApprovalView }) => (
  <>
    {breakGlass !== null && <Notice tone="bad" title={words().breakGlass(visible(breakGlass))} />}
    {ended !== null && (
      <Notice tone="plain" title={words().ended(approvalWords()[ended.how], visible(ended.by.name))}>
        <p>
          <Time at={ended.at} /> <span class="break">{visible(ended.reason)}</span>
        </p>
      </Notice>
    )}
  </>
);

const Plan = ({ approval: { plan, planText, digest, dryRunId } }: { approval: ApprovalView }) => {
  const t = words();
  return (
    <section class="card stack" aria-labelledby="exact-plan">
      <h2 id="exact-plan">{t.plan}</h2>
      <Facts facts={plan.facts}>
        <dt>{t.digest}</dt>
        <dd>
          <code class="break">{digest}</code>
        </dd>
      </Facts>
      {dryRunId !== null && (
        <p>
          <a href={to(`/restores/${dryRunId}`)}>{t.dryRun}</a>
        </p>
      )}
      <details>
        <summary>{t.planText}</summary>
        <p class="quiet">{t.planTextHint}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by the keyboard */}
        <section class="log" tabIndex={0} aria-label={t.planText}>
          <code>{visibleLines(planText)}</code>
        </section>
      </details>
    </section>
  );
};

const Granted = ({ approval: { needed, approvals, expiresAt } }: { approval: ApprovalView }) => {
  const t = words();
  return (
    <section class="card" aria-labelledby="granted">
      <h2 id="granted">{t.granted}</h2>
      <p>
        {t.count(counted(approvals.length), counted(needed))}, {t.until} <Time at={expiresAt} />
      </p>
      {approvals.length > 0 && (
        <ul class="plain-list">
          {approvals.map(({ by, at, comment }) => (
            <li key={by.id}>
              <span class="name break">{visible(by.name)}</span> <Time at={at} />{' '}
              <span class="break">{visible(comment)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};

export const approvalScreen: Screen = {
  path: '/approvals/:id',
  below: '/approvals',
  needs: 'approval.read',
  title: () => words().one,
  view: Approval,
};
