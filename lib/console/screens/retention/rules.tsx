/** The retention rules of a schedule or a label: tried before they are saved, with what becomes of each backup. */
import { useState } from 'preact/hooks';
import type { RetentionPolicy } from '../../../model/retention/policy.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { planRetention } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Check, Field } from '../../parts/forms/field.tsx';
import { type FormState, onSubmit } from '../../parts/forms/use-form.ts';
import { Loading, ProblemNotice } from '../../parts/notice.tsx';
import { countRules } from '../../shown/policy.ts';
import { Plan } from './plan.tsx';
import { HowToSave, Save } from './save-rules.tsx';
import { type Group, useTriedRules } from './tried-rules.ts';
import type { TypedRules } from './typed-rules.ts';
import { words } from './words.ts';

interface RulesProps {
  readonly group: Group;
  /** Undefined: the rules are those of a label. */
  readonly schedule: ScheduleView | undefined;
  readonly onSaved: () => void;
}

interface Saved {
  readonly saved: RetentionPolicy | null;
}

export const Rules = (props: RulesProps) => {
  const { group, schedule } = props;
  // Only the API knows the rules of a label: it tells them with the plan.
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
  return <Form {...props} saved={saved.value.policy} />;
};

const Form = ({ group, schedule, saved, onSaved }: Saved & RulesProps) => {
  const t = words();
  const [isAsked, setIsAsked] = useState(false);
  const { form, policy, isChanged, planned, isShown } = useTriedRules(group, saved);
  return (
    <>
      <form
        class="card"
        onSubmit={onSubmit(() => {
          if (isChanged && isShown) setIsAsked(true);
        })}
      >
        <h2>{t.rules}</h2>
        <p class="quiet">{t.rulesHint}</p>
        <RuleFields form={form} />
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

const RuleFields = ({ form }: { form: FormState<TypedRules> }) => {
  const t = words();
  return (
    <>
      <div class="rules">
        {countRules.map((rule) => (
          <Field
            key={rule}
            label={t[rule]}
            {...form.field(rule)}
            input={{ type: 'number', min: 1, max: 10_000 }}
          />
        ))}
        <Field
          label={t.keepWithin}
          hint={t.keepWithinHint}
          {...form.field('keepWithin')}
          input={{ spellcheck: false, maxLength: 20 }}
        />
      </div>
      <Check
        label={t.countPartial}
        checked={form.values.countPartial}
        onChecked={(countPartial) => form.change({ countPartial })}
      />
    </>
  );
};
