/** What can be done with a schedule. One of the configuration can be run here, and nothing else. */
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

interface ActionsProps {
  readonly schedule: ScheduleView;
  readonly onChanged: () => void;
}

/** What the buttons of a schedule do. */
const useActs = ({ schedule: { id, state }, onChanged }: ActionsProps) => {
  const { refreshStatus } = useFrame();
  // A request with the same key makes no second backup, even if it is sent again because its answer was lost.
  const idempotencyKey = useMemo(() => newKey(), []);
  const isOn = state === 'active' || state === 'ended';
  const running = useDoing(async () => {
    const backup = await runSchedule(id, idempotencyKey);
    refreshStatus();
    go(`/backups/${backup.id}`);
  });
  const turning = useDoing(async () => {
    await (isOn ? pauseSchedule(id) : resumeSchedule(id));
    onChanged();
  });
  return { isOn, running, turning };
};

export const Actions = (props: ActionsProps) => {
  const t = words();
  const may = useMay();
  const { id, managed } = props.schedule;
  const { isOn, running, turning } = useActs(props);
  const [isAsked, setIsAsked] = useState(false);
  const named = (action: string): string => `${action}: ${visible(id)}`;
  const button = (name: string, act: () => void, isBusy = false, tone = '') => (
    <button type="button" class={tone} onClick={act} disabled={isBusy} aria-label={named(name)}>
      {name}
    </button>
  );
  const link = (name: string, href: string) => (
    <a class="button" href={href} aria-label={named(name)}>
      {name}
    </a>
  );
  const mayChange = may('schedule.write') && managed === 'api';
  return (
    <>
      <div class="actions">
        {may('schedule.write') && button(t.run, running.run, running.isBusy)}
        {mayChange && link(t.edit, to(`/schedules/${encodeURIComponent(id)}/edit`))}
        {mayChange && button(isOn ? t.pause : t.resume, turning.run, turning.isBusy)}
        {may('backup.read') && link(t.retention, to('/retention', { schedule: id }))}
        {mayChange && button(t.remove, () => setIsAsked(true), false, 'danger')}
      </div>
      <ProblemNotice problem={running.problem ?? turning.problem} />
      {isAsked && <Remove {...props} onClose={() => setIsAsked(false)} />}
    </>
  );
};

const Remove = ({
  schedule: { id },
  onChanged,
  onClose,
}: ActionsProps & { readonly onClose: () => void }) => {
  const t = words();
  return (
    <Confirm
      title={t.removeTitle}
      name={t.remove}
      onClose={onClose}
      act={async (approvalId) => {
        await deleteSchedule(id, approvalId);
        onClose();
        onChanged();
      }}
    >
      <p>{t.removeText(visible(id))}</p>
    </Confirm>
  );
};
