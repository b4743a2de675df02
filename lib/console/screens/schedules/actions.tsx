/** What can be done with a schedule: one of the configuration is run, and nothing else. */
import { useMemo, useState } from 'preact/hooks';
import { newKey } from '../../../client/call.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { deleteSchedule, pauseSchedule, resumeSchedule, runSchedule } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { go, to } from '../../routing.ts';
import { useFrame, useMay } from '../../screen.ts';
import { words } from './words.ts';

export const Actions = ({
  schedule: { id, managed, state },
  onChanged,
}: {
  schedule: ScheduleView;
  onChanged: () => void;
}) => {
  const t = words();
  const may = useMay();
  const { refreshStatus } = useFrame();
  const [isAsked, setIsAsked] = useState(false);
  const shown = visible(id);
  const named = (action: string): string => `${action}: ${shown}`;
  // Sent again after its answer was lost, it is the same backup.
  const idempotencyKey = useMemo(() => newKey(), []);
  const running = useDoing(async () => {
    const backup = await runSchedule(id, idempotencyKey);
    refreshStatus();
    go(`/backups/${backup.id}`);
  });
  const turning = useDoing(async () => {
    await (state === 'active' || state === 'ended' ? pauseSchedule(id) : resumeSchedule(id));
    onChanged();
  });
  const mayChange = may('schedule.write') && managed === 'api';
  const isOn = state === 'active' || state === 'ended';
  return (
    <>
      <div class="actions">
        {may('schedule.write') && (
          <button type="button" onClick={running.run} disabled={running.isBusy} aria-label={named(t.run)}>
            {t.run}
          </button>
        )}
        {mayChange && (
          <>
            <a
              class="button"
              href={to(`/schedules/${encodeURIComponent(id)}/edit`)}
              aria-label={named(t.edit)}
            >
              {t.edit}
            </a>
            <button
              type="button"
              onClick={turning.run}
              disabled={turning.isBusy}
              aria-label={named(isOn ? t.pause : t.resume)}
            >
              {isOn ? t.pause : t.resume}
            </button>
          </>
        )}
        {may('backup.read') && (
          <a class="button" href={to('/retention', { schedule: id })} aria-label={named(t.retention)}>
            {t.retention}
          </a>
        )}
        {mayChange && (
          <button type="button" class="danger" onClick={() => setIsAsked(true)} aria-label={named(t.remove)}>
            {t.remove}
          </button>
        )}
      </div>
      <ProblemNotice problem={running.problem ?? turning.problem} />
      {isAsked && (
        <Confirm
          title={t.removeTitle}
          name={t.remove}
          onClose={() => setIsAsked(false)}
          act={async (approvalId) => {
            await deleteSchedule(id, approvalId);
            setIsAsked(false);
            onChanged();
          }}
        >
          <p>{t.removeText(shown)}</p>
        </Confirm>
      )}
    </>
  );
};
