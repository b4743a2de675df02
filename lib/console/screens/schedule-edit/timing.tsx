/** When a schedule runs, with its next runs while somebody still types. */
import { previewSchedule } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Choices, Field, Select } from '../../parts/forms/field.tsx';
import { NextRuns, ScheduleNotes } from '../../parts/next-runs.tsx';
import { weekdayName } from '../../shown/pace.ts';
import { words as schedules } from '../schedules/words.ts';
import { type FormProps, type ScheduleForm, timingOf } from './form.ts';
import { words } from './words.ts';

/** The page asks for the next runs when nobody has typed for so long. */
const PAUSE_MILLISECONDS = 300;

const zones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((one) => one !== 'UTC')];
/** Monday first. */
const weekdays = [1, 2, 3, 4, 5, 6, 0];

export const Timing = ({ form }: FormProps) => {
  const t = words();
  return (
    <fieldset class="card choices">
      <legend>{t.when}</legend>
      <Choices
        legend={t.when}
        isLegendSaid
        {...form.field('every')}
        options={(['day', 'week', 'month', 'own'] as const).map((value) => ({ value, name: t[value] }))}
      />
      {form.values.every === 'own' ? (
        <Field
          label={t.cron}
          hint={t.cronHint}
          {...form.field('cron')}
          input={{ required: true, spellcheck: false, autoComplete: 'off', maxLength: 500 }}
        />
      ) : (
        <UsualPace form={form} />
      )}
      <Field
        label={t.timeZone}
        hint={t.timeZoneHint}
        {...form.field('timeZone')}
        input={{ required: true, spellcheck: false, autoComplete: 'off' }}
        suggestions={zones()}
      />
      <Preview form={form.values} />
    </fieldset>
  );
};

/** The time of a run, and its day of the week or of the month. */
const UsualPace = ({ form }: FormProps) => {
  const t = words();
  const { every } = form.values;
  return (
    <div class="side-by-side">
      {every === 'week' && (
        <Select
          label={t.weekday}
          {...form.field('weekday')}
          options={weekdays.map((one) => [String(one), weekdayName(one)] as const)}
        />
      )}
      {every === 'month' && (
        <Field
          label={t.dayOfMonth}
          hint={t.dayOfMonthHint}
          {...form.field('day')}
          input={{ type: 'number', min: 1, max: 28, required: true }}
        />
      )}
      <Field label={t.time} {...form.field('time')} input={{ type: 'time', required: true }} />
    </div>
  );
};

const Preview = ({ form }: { form: ScheduleForm }) => {
  const t = words();
  const timing = timingOf(form);
  const live = useLive(
    async (signal) => {
      await new Promise((resolve) => window.setTimeout(resolve, PAUSE_MILLISECONDS));
      signal.throwIfAborted();
      // The API delays the runs of a schedule by an amount that depends on its id.
      const preview = await previewSchedule({ ...(form.id !== '' && { id: form.id }), ...timing }, signal);
      // The time zone of the answer is kept with it: the field may hold an unfinished name by then.
      return { ...preview, timeZone: timing.timeZone };
    },
    [JSON.stringify(timing)],
  );
  return (
    <div class="preview" role="status">
      <p class="name">{t.preview}</p>
      {live.problem !== undefined && (
        <p class="wrong" lang="en">
          {live.problem.message}
        </p>
      )}
      {live.problem === undefined && live.value !== undefined && (
        <>
          <NextRuns runs={live.value.nextRuns} timeZone={live.value.timeZone} none={schedules().noRun} />
          <ScheduleNotes notes={live.value.notes} />
        </>
      )}
    </div>
  );
};
