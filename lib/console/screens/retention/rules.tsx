import { useState } from 'preact/hooks';
import type { RetentionPolicy } from '../../../model/retention/policy.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { planRetention, type RetentionPlan, replaceSchedule } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Check, Field } from '../../parts/forms/field.tsx';
import { Loading, Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useMay } from '../../screen.ts';
import { countRules } from '../../shown/policy.ts';
import { counted } from '../../shown/times.ts';
import { withRetention } from '../schedule-edit/form.ts';
import { Plan } from './plan.tsx';
import { policyOf, type TypedRules, typedRules } from './rules.ts';
import { words } from './words.ts';

const PAUSE_MILLISECONDS = 300;
/** The whole plan, for the list that is scrolled. */
const MOST = 1000;

type Group = { readonly schedule: string } | { readonly label: string };

interface Planned {
  /** The rules that were asked with; undefined: those that are saved. */
  readonly by: string | undefined;
  /** Undefined where no rule is saved. */
  readonly plan: RetentionPlan | undefined;
}

/** Whoever has typed nothing is shown what the saved rules do; without any, that all stay. */
const usePlan = (group: Group, policy: RetentionPolicy | undefined, isChanged: boolean) =>
  useLive(
    async (signal): Promise<Planned> => {
      const by = isChanged && policy !== undefined ? JSON.stringify(policy) : undefined;
      if (isChanged) await new Promise((resolve) => window.setTimeout(resolve, PAUSE_MILLISECONDS));
      signal.throwIfAborted();
      if (policy === undefined) return { by, plan: undefined };
      return { by, plan: await planRetention({ ...group, policy, limit: MOST }, signal) };
    },
    [JSON.stringify([group, policy, isChanged])],
  );

export const Rules = ({
  group,
  schedule,
  onSaved,
}: {
  group: Group;
  /** Undefined: the rules are of a label. */
  schedule: ScheduleView | undefined;
  onSaved: () => void;
}) => {
  // Those of a label are known to the API alone: it tells them with the plan.
  const saved = useLive(
    async (signal) => {
      if (schedule !== undefined) return { policy: schedule.retention };
      try {
        return { policy: (await planRetention({ ...group, limit: 0 }, signal)).policy };
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'invalid_request')
          return { policy: null };
        throw thrown;
      }
    },
    [JSON.stringify(group)],
  );
  if (saved.value === undefined)
    return saved.problem === undefined ? (
      <Loading />
    ) : (
      <ProblemNotice problem={saved.problem} onRetry={saved.reload} />
    );
  return <Form group={group} schedule={schedule} saved={saved.value.policy} onSaved={onSaved} />;
};

const Form = ({
  group,
  schedule,
  saved,
  onSaved,
}: {
  group: Group;
  schedule: ScheduleView | undefined;
  saved: RetentionPolicy | null;
  onSaved: () => void;
}) => {
  const t = words();
  const [typed, setTyped] = useState<TypedRules>(() => typedRules(saved));
  const [isAsked, setIsAsked] = useState(false);
  const policy = policyOf(typed, saved);
  const isChanged = JSON.stringify(typed) !== JSON.stringify(typedRules(saved));
  const planned = usePlan(group, policy, isChanged);
  const change = (changed: Partial<TypedRules>): void => setTyped((one) => ({ ...one, ...changed }));
  // Saved is only what was shown before: the plan that stands there is that of these very rules.
  const isShown =
    planned.problem === undefined &&
    planned.value !== undefined &&
    (policy === undefined ? planned.value.plan === undefined : planned.value.by === JSON.stringify(policy));
  return (
    <>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          if (isChanged && isShown) setIsAsked(true);
        }}
      >
        <h2>{t.rules}</h2>
        <p class="quiet">{t.rulesHint}</p>
        <div class="rules">
          {countRules.map((rule) => (
            <Field
              key={rule}
              label={t[rule]}
              value={typed[rule]}
              onValue={(value) => change({ [rule]: value })}
              input={{ type: 'number', min: 1, max: 10_000 }}
            />
          ))}
          <Field
            label={t.keepWithin}
            hint={t.keepWithinHint}
            value={typed.keepWithin}
            onValue={(keepWithin) => change({ keepWithin })}
            input={{ spellcheck: false, maxLength: 20 }}
          />
        </div>
        <Check
          label={t.countPartial}
          checked={typed.countPartial}
          onChecked={(countPartial) => change({ countPartial })}
        />
        <HowToSave
          group={group}
          schedule={schedule}
          policy={policy}
          isChanged={isChanged}
          isReady={isChanged && isShown}
        />
      </form>
      <section class="card plan" aria-labelledby="retention-plan">
        <h2 id="retention-plan">{isChanged ? t.previewUnsaved : t.preview}</h2>
        <ProblemNotice problem={planned.problem} onRetry={planned.reload} />
        {planned.problem === undefined && planned.value?.plan === undefined && <p>{t.noPolicy}</p>}
        {planned.problem === undefined && planned.value?.plan !== undefined && (
          <Plan plan={planned.value.plan} />
        )}
      </section>
      {isAsked && schedule !== undefined && (
        <Save
          schedule={schedule}
          policy={policy ?? null}
          removed={planned.value?.plan?.removed ?? 0}
          onClose={() => setIsAsked(false)}
          onSaved={onSaved}
        />
      )}
    </>
  );
};

const HowToSave = ({
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

const Save = ({
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
