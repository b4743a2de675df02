/** The name of a schedule, and what it backs up. */
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { visible } from '../../../model/text/visible-text.ts';
import type { ComponentView } from '../../api/calls.ts';
import { ComponentChecks } from '../../parts/forms/component-checks.tsx';
import { Choices, Field, Select } from '../../parts/forms/field.tsx';
import { words as shared } from '../../words/shared.ts';
import type { FormProps } from './form.ts';
import { words } from './words.ts';

/** What the installation has for a schedule to choose from. */
export interface Around {
  readonly components: readonly ComponentView[];
  /** The names of the domains; empty if the person may not see them. */
  readonly domains: readonly string[];
  /** The ids of the backup keys; empty if the person may not see them. */
  readonly keys: readonly string[];
}

export const Names = ({
  form,
  before,
}: FormProps & {
  readonly before: ScheduleView | undefined;
}) => {
  const t = words();
  return (
    <div class="card stack">
      {before === undefined ? (
        <Field
          label={t.id}
          hint={t.idHint}
          {...form.field('id')}
          input={{ required: true, spellcheck: false, autoComplete: 'off', maxLength: 64 }}
        />
      ) : (
        <h2>{visible(before.id)}</h2>
      )}
      <Field label={shared().description} {...form.field('description')} input={{ maxLength: 1000 }} />
    </div>
  );
};

interface WhatProps extends FormProps {
  readonly around: Around;
  readonly wrong: string | undefined;
}

export const What = ({ form, around: { components, domains, keys }, wrong }: WhatProps) => {
  const t = words();
  const { domain, which, components: chosen } = form.values;
  return (
    <fieldset class="card choices">
      <legend>{t.what}</legend>
      {domains.length > 1 && (
        <Select
          label={t.of}
          {...form.field('domain')}
          options={[['', t.wholeSystem], ...domains.map((one) => [one, t.ofDomain(visible(one))] as const)]}
        />
      )}
      <Choices
        legend={t.what}
        isLegendSaid
        {...form.field('which')}
        options={(['all', 'some'] as const).map((value) => ({ value, name: t[value] }))}
      />
      {which === 'some' && (
        <ComponentChecks
          components={components.filter((one) => domain === '' || one.domain === domain)}
          chosen={chosen}
          onChosen={(next) => form.change({ components: next })}
          wrong={wrong}
        />
      )}
      <Field
        label={t.label}
        hint={t.labelHint}
        {...form.field('label')}
        input={{ maxLength: 25, spellcheck: false }}
      />
      {keys.length > 1 && (
        <Select
          label={t.key}
          {...form.field('keyId')}
          options={[['', t.defaultKey], ...keys.map((one) => [one, one] as const)]}
        />
      )}
    </fieldset>
  );
};
