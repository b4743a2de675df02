/** A schedule, made or changed. */
import { useState } from 'preact/hooks';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { visible } from '../../../model/text/visible-text.ts';
import {
  type ComponentView,
  createSchedule,
  getSchedule,
  listComponents,
  listDomains,
  listKeys,
  replaceSchedule,
} from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { ComponentChecks } from '../../parts/forms/component-checks.tsx';
import { Choices, Field, Select } from '../../parts/forms/field.tsx';
import { InstantField } from '../../parts/forms/instant-field.tsx';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { go } from '../../routing.ts';
import { type Screen, type ScreenProps, useMay } from '../../screen.ts';
import { words as shared } from '../../words/shared.ts';
import { formOf, newForm, requestOf, type ScheduleForm } from './form.ts';
import { Timing } from './timing.tsx';
import { words } from './words.ts';

interface Around {
  readonly components: readonly ComponentView[];
  /** Empty for whoever may not see them. */
  readonly domains: readonly string[];
  readonly keys: readonly string[];
}

const ScheduleEdit = ({ params }: ScreenProps) => {
  const t = words();
  const may = useMay();
  const { id } = params;
  const live = useLive(
    async (signal) => {
      const [components, domains, keys, schedule] = await Promise.all([
        listComponents(signal),
        may('domain.read') ? listDomains(signal) : undefined,
        may('key.read') ? listKeys(signal) : undefined,
        id === undefined ? undefined : getSchedule(id, signal),
      ]);
      return {
        schedule,
        around: {
          components: components.resources,
          domains: (domains?.resources ?? []).map(({ name }) => name),
          keys: (keys?.resources ?? []).map((key) => key.id),
        },
      };
    },
    [id],
  );
  const isOfConfiguration = live.value?.schedule?.managed === 'configuration';
  return (
    <LiveScreen live={live} narrow head={<h1>{id === undefined ? t.titleNew : t.titleEdit}</h1>}>
      {({ schedule, around }) =>
        isOfConfiguration ? (
          <Notice tone="plain" title={t.managed} />
        ) : (
          <Form key={schedule?.version ?? 'new'} before={schedule} around={around} onReload={live.reload} />
        )
      }
    </LiveScreen>
  );
};

const Form = ({
  before,
  around: { components, domains, keys },
  onReload,
}: {
  before: ScheduleView | undefined;
  around: Around;
  onReload: () => void;
}) => {
  const t = words();
  const [form, setForm] = useState<ScheduleForm>(() =>
    before === undefined ? newForm(Intl.DateTimeFormat().resolvedOptions().timeZone) : formOf(before),
  );
  const [isTried, setIsTried] = useState(false);
  const change = (changed: Partial<ScheduleForm>): void => setForm((one) => ({ ...one, ...changed }));
  const doing = useDoing(async (approvalId) => {
    if (before === undefined) await createSchedule({ id: form.id, ...requestOf(form) }, approvalId);
    else await replaceSchedule(before.id, requestOf(form, before), approvalId);
    go('/schedules');
  });
  const isUnchosen = form.which === 'some' && form.components.length === 0;
  return (
    <form
      class="wizard"
      onSubmit={(event) => {
        event.preventDefault();
        setIsTried(true);
        if (!isUnchosen) doing.run();
      }}
    >
      <div class="card stack">
        {before === undefined ? (
          <Field
            label={t.id}
            hint={t.idHint}
            value={form.id}
            onValue={(id) => change({ id })}
            input={{ required: true, spellcheck: false, autoComplete: 'off', maxLength: 64 }}
          />
        ) : (
          <h2>{visible(before.id)}</h2>
        )}
        <Field
          label={shared().description}
          value={form.description}
          onValue={(description) => change({ description })}
          input={{ maxLength: 1000 }}
        />
      </div>
      <Timing form={form} onChange={change} />
      <fieldset class="card choices">
        <legend>{t.what}</legend>
        {domains.length > 1 && (
          <Select
            label={t.of}
            value={form.domain}
            onValue={(domain) => change({ domain })}
            options={[['', t.wholeSystem], ...domains.map((one) => [one, t.ofDomain(visible(one))] as const)]}
          />
        )}
        <Choices
          legend={t.what}
          isLegendSaid
          value={form.which}
          onValue={(which) => change({ which })}
          options={[
            { value: 'all', name: t.all },
            { value: 'some', name: t.some },
          ]}
        />
        {form.which === 'some' && (
          <ComponentChecks
            components={components.filter(({ domain }) => form.domain === '' || domain === form.domain)}
            chosen={form.components}
            onChosen={(chosen) => change({ components: chosen })}
            wrong={isTried && isUnchosen ? t.chooseOne : undefined}
          />
        )}
        <Field
          label={t.label}
          hint={t.labelHint}
          value={form.label}
          onValue={(label) => change({ label })}
          input={{ maxLength: 25, spellcheck: false }}
        />
        {keys.length > 1 && (
          <Select
            label={t.key}
            value={form.keyId}
            onValue={(keyId) => change({ keyId })}
            options={[['', t.defaultKey], ...keys.map((one) => [one, one] as const)]}
          />
        )}
      </fieldset>
      <More form={form} onChange={change} />
      <ProblemNotice problem={doing.problem} />
      {doing.problem?.code === 'conflict' && before !== undefined && (
        <Notice tone="attention" title={t.changedMeanwhile}>
          <button type="button" onClick={onReload}>
            {t.reload}
          </button>
        </Notice>
      )}
      <div class="actions">
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {before === undefined ? t.create : t.save}
        </button>
        <a class="button" href="#/schedules">
          {shared().cancel}
        </a>
      </div>
    </form>
  );
};

const More = ({
  form,
  onChange,
}: {
  form: ScheduleForm;
  onChange: (changed: Partial<ScheduleForm>) => void;
}) => {
  const t = words();
  return (
    <details class="card">
      <summary>
        <h2>{t.more}</h2>
      </summary>
      <div class="stack">
        <Choices
          legend={t.catchUp}
          value={form.catchUp}
          onValue={(catchUp) => onChange({ catchUp })}
          options={[
            { value: 'run', name: t.catchUpRun },
            { value: 'record', name: t.catchUpRecord },
          ]}
        />
        <Choices
          legend={t.verification}
          value={form.verification}
          onValue={(verification) => onChange({ verification })}
          options={[
            { value: 'full', name: t.verificationFull },
            { value: 'deep', name: t.verificationDeep },
          ]}
        />
        <Field
          label={t.wait}
          hint={t.waitHint}
          value={form.waitMinutes}
          onValue={(waitMinutes) => onChange({ waitMinutes })}
          input={{ type: 'number', min: 0, max: 1440 }}
        />
        <Field
          label={t.jitter}
          hint={t.jitterHint}
          value={form.jitterMinutes}
          onValue={(jitterMinutes) => onChange({ jitterMinutes })}
          input={{ type: 'number', min: 0, max: 720 }}
        />
        <InstantField
          label={t.startAt}
          hint={t.instantHint}
          value={form.startAt}
          onValue={(startAt) => onChange({ startAt })}
        />
        <InstantField
          label={t.endAt}
          hint={t.instantHint}
          value={form.endAt}
          onValue={(endAt) => onChange({ endAt })}
        />
      </div>
    </details>
  );
};

const facts = { needs: 'schedule.write', below: '/schedules', view: ScheduleEdit } as const;

export const newScheduleScreen: Screen = {
  ...facts,
  path: '/new-schedule',
  title: () => words().titleNew,
};
export const editScheduleScreen: Screen = {
  ...facts,
  path: '/schedules/:id/edit',
  title: () => words().titleEdit,
};
