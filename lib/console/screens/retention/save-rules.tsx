/** How a person saves rules that they have tried: by a button, or by writing them into the configuration. */
import type { RetentionPolicy } from '../../../model/retention/policy.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { replaceSchedule } from '../../api/calls.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Notice } from '../../parts/notice.tsx';
import { useMay } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { withRetention } from '../schedule-edit/form.ts';
import type { Group } from './tried-rules.ts';
import { words } from './words.ts';

export const HowToSave = ({
  group,
  schedule,
  policy,
  isChanged,
  isReady,
}: {
  group: Group;
  schedule: ScheduleView | undefined;
  policy: RetentionPolicy | undefined;
  isChanged: boolean;
  isReady: boolean;
}) => {
  const t = words();
  const may = useMay();
  if (schedule?.managed === 'api') {
    if (!may('schedule.write') || !may('policy.write')) return <Notice tone="plain" title={t.mayNot} />;
    return (
      <button type="submit" class="main-button" disabled={!isReady}>
        {t.save}
      </button>
    );
  }
  if (!isChanged) return null;
  const where = 'schedule' in group ? t.inSchedule(group.schedule) : t.inLabels;
  const text =
    'schedule' in group
      ? `"retention": ${JSON.stringify(policy ?? null)}`
      : `"${group.label}": ${JSON.stringify(policy ?? null)}`;
  return (
    <Notice tone="plain" title={t.ofConfiguration}>
      <p class="quiet">{where}</p>
      <code class="break">{text}</code>
    </Notice>
  );
};

export const Save = ({
  schedule,
  policy,
  removed,
  onClose,
  onSaved,
}: {
  schedule: ScheduleView;
  policy: RetentionPolicy | null;
  removed: number;
  onClose: () => void;
  onSaved: () => void;
}) => {
  const t = words();
  const told =
    policy === null ? t.saveTextAll : removed === 0 ? t.saveTextNone : t.saveText(counted(removed));
  return (
    <Confirm
      title={t.saveTitle}
      name={t.save}
      isDanger={removed > 0}
      onClose={onClose}
      act={async (approvalId) => {
        await replaceSchedule(schedule.id, withRetention(schedule, policy), approvalId);
        onClose();
        onSaved();
      }}
    >
      <p>{told}</p>
    </Confirm>
  );
};
