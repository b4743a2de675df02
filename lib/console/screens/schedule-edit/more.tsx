/** What most schedules leave as it is: missed runs, verification, waiting, start and end. */
import { Choices, Field } from '../../parts/forms/field.tsx';
import { InstantField } from '../../parts/forms/instant-field.tsx';
import type { FormProps } from './form.ts';
import { words } from './words.ts';

export const More = ({ form }: FormProps) => {
  const t = words();
  return (
    <details class="card">
      <summary>
        <h2>{t.more}</h2>
      </summary>
      <div class="stack">
        <Choices
          legend={t.catchUp}
          {...form.field('catchUp')}
          options={[
            { value: 'run', name: t.catchUpRun },
            { value: 'record', name: t.catchUpRecord },
          ]}
        />
        <Choices
          legend={t.verification}
          {...form.field('verification')}
          options={[
            { value: 'full', name: t.verificationFull },
            { value: 'deep', name: t.verificationDeep },
          ]}
        />
        <Field
          label={t.wait}
          hint={t.waitHint}
          {...form.field('waitMinutes')}
          input={{ type: 'number', min: 0, max: 1440 }}
        />
        <Field
          label={t.jitter}
          hint={t.jitterHint}
          {...form.field('jitterMinutes')}
          input={{ type: 'number', min: 0, max: 720 }}
        />
        <InstantField label={t.startAt} hint={t.instantHint} {...form.field('startAt')} />
        <InstantField label={t.endAt} hint={t.instantHint} {...form.field('endAt')} />
      </div>
    </details>
  );
};
