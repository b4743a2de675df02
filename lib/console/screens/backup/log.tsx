import { useState } from 'preact/hooks';
import { visibleLines } from '../../../model/text/visible-text.ts';
import { backupLog } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Loading, ProblemNotice } from '../../parts/notice.tsx';
import { words } from './words.ts';

const RUNNING_MILLISECONDS = 2_000;

/** The log of a backup. It is fetched when somebody opens it, and again and again while the backup runs. */
export const Log = ({ id, isRunning }: { id: string; isRunning: boolean }) => {
  const t = words();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details class="card" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>
        <h2>{t.log}</h2>
      </summary>
      {isOpen && <Lines id={id} isRunning={isRunning} />}
    </details>
  );
};

const Lines = ({ id, isRunning }: { id: string; isRunning: boolean }) => {
  const live = useLive(
    (signal) => backupLog(id, signal),
    [id, isRunning],
    () => (isRunning ? RUNNING_MILLISECONDS : undefined),
  );
  if (live.problem !== undefined) return <ProblemNotice problem={live.problem} onRetry={live.reload} />;
  if (live.value === undefined) return <Loading />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by the keyboard
    <pre class="log" tabIndex={0} role="log" aria-label={words().log}>
      {visibleLines(live.value)}
    </pre>
  );
};
