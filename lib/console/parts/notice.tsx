/** Notices: what went wrong, what needs a person, what is missing. */
import type { ComponentChildren } from 'preact';
import type { AskedApproval, Problem } from '../../client/problem.ts';
import { visible } from '../../model/text/visible-text.ts';
import { getApproval } from '../api/calls.ts';
import { useLive } from '../api/live.ts';
import { to } from '../routing.ts';
import { approvalWords } from '../words/approval.ts';
import { sentenceOfCode } from '../words/problems.ts';
import { words } from '../words/shared.ts';
import { Icon } from './icons.tsx';

export type Tone = 'good' | 'attention' | 'bad' | 'plain';

export const Notice = ({
  tone,
  title,
  children,
}: {
  tone: Tone;
  title: ComponentChildren;
  children?: ComponentChildren;
}) => (
  <div class={`notice ${tone}`}>
    <Icon name={tone} />
    <div>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  </div>
);

/** What went wrong, in the words of the API, with its code. A screen reader says it at once. */
export const ProblemNotice = ({
  problem,
  onRetry,
}: {
  problem: Problem | undefined;
  onRetry?: () => void;
}) => (
  <div role="alert">
    {problem?.approval != null && <AwaitedApproval key={problem.approval.id} asked={problem.approval} />}
    {problem?.approval === null && <Notice tone="attention" title={approvalWords().noDryRun} />}
    {problem !== undefined && problem.approval === undefined && (
      <Notice tone="bad" title={words().somethingFailed}>
        {problem.status === 0 ? <p>{words().unreachable}</p> : <ProblemText problem={problem} />}
        {problem.status !== 0 && (
          <p class="quiet">
            {words().errorCode('')}
            <code>{problem.code}</code>
          </p>
        )}
        {onRetry !== undefined && !isFinal(problem) && (
          <button type="button" onClick={onRetry}>
            {words().tryAgain}
          </button>
        )}
      </Notice>
    )}
  </div>
);

/** Whether the API would answer the same if it were asked again. */
const isFinal = ({ status }: Problem): boolean => status === 403 || status === 404;

/** The sentence of the API. It is English: where the page has a sentence of its own for the code, that comes first. */
export const ProblemText = ({ problem: { code, message } }: { problem: Problem }) => {
  const own = sentenceOfCode(code);
  return (
    <>
      {own !== undefined && <p>{own}</p>}
      <p lang="en" class={own === undefined ? '' : 'quiet'}>
        {visible(message)}
      </p>
    </>
  );
};

const APPROVAL_MILLISECONDS = 3_000;

/** Others have to approve this first: shows the stored request, and says when the same button does it. */
const AwaitedApproval = ({ asked: { id } }: { asked: AskedApproval }) => {
  const t = approvalWords();
  const live = useLive(
    (signal) => getApproval(id, signal),
    [id],
    (approval) =>
      approval === undefined || approval.state === 'WAITING' ? APPROVAL_MILLISECONDS : undefined,
  );
  const state = live.value?.state ?? 'WAITING';
  return (
    <Notice tone={state === 'APPROVED' ? 'good' : 'attention'} title={t.needed}>
      <p>
        {state === 'WAITING' ? t.wait : state === 'APPROVED' ? t.again : t.over(t[state])}{' '}
        <a href={to(`/approvals/${id}`)}>{t.toRequest}</a>
      </p>
    </Notice>
  );
};

/** An empty list, and what to do first. */
export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);

export const Loading = () => (
  <p class="loading" role="status">
    <Icon name="running" turns />
    {words().loading}
  </p>
);
