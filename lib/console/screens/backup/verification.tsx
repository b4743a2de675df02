/** A verification that was begun on this screen: its progress, and what it found. */
import { useEffect } from 'preact/hooks';
import { visible } from '../../../model/text/visible-text.ts';
import { getVerification } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { OperationProgress } from '../../parts/operation-progress.tsx';
import { words } from './words.ts';

const LOOK_MILLISECONDS = 500;

export const Verification = ({ id, onEnded }: { id: string; onEnded: () => void }) => {
  const t = words();
  const live = useLive(
    (signal) => getVerification(id, signal),
    [id],
    (found) => (found === undefined || found.state === 'IN_PROGRESS' ? LOOK_MILLISECONDS : undefined),
  );
  const state = live.value?.state ?? 'IN_PROGRESS';
  const isEnded = state !== 'IN_PROGRESS';
  useEffect(() => {
    if (isEnded) onEnded();
  }, [isEnded]);
  return (
    <>
      <div role="status">
        {state === 'SUCCESS' && <Notice tone="good" title={t.verifyGood} />}
        {isEnded && state !== 'SUCCESS' && (
          <Notice tone="bad" title={t.verifyBad}>
            <p lang="en">{visible(live.value?.shortError ?? '')}</p>
          </Notice>
        )}
      </div>
      {live.problem?.isPassing !== true && <ProblemNotice problem={live.problem} onRetry={live.reload} />}
      {live.value !== undefined && !isEnded && (
        <section class="card now stack" aria-label={t.verification}>
          <h2>{t.verification}</h2>
          <OperationProgress
            id={id}
            kind="verify"
            startedAt={live.value.createdAt}
            progress={live.value.progress}
          />
        </section>
      )}
    </>
  );
};
