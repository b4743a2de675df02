/** The form that makes or changes a schedule. */
import { useState } from 'preact/hooks';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import {
  createSchedule,
  getSchedule,
  listComponents,
  listDomains,
  listKeys,
  replaceSchedule,
} from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { onSubmit, useForm } from '../../parts/forms/use-form.ts';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { go } from '../../routing.ts';
import { type Screen, type ScreenProps, useMay } from '../../screen.ts';
import { words as shared } from '../../words/shared.ts';
import { formOf, newForm, requestOf, type ScheduleForm } from './form.ts';
import { More } from './more.tsx';
import { Timing } from './timing.tsx';
import { type Around, Names, What } from './what.tsx';
import { words } from './words.ts';

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
  around,
  onReload,
}: {
  before: ScheduleView | undefined;
  around: Around;
  onReload: () => void;
}) => {
  const t = words();
  const form = useForm<ScheduleForm>(() =>
    before === undefined ? newForm(Intl.DateTimeFormat().resolvedOptions().timeZone) : formOf(before),
  );
  const { values } = form;
  const [isTried, setIsTried] = useState(false);
  const doing = useDoing(async (approvalId) => {
    if (before === undefined) await createSchedule({ id: values.id, ...requestOf(values) }, approvalId);
    else await replaceSchedule(before.id, requestOf(values, before), approvalId);
    go('/schedules');
  });
  const isUnchosen = values.which === 'some' && values.components.length === 0;
  const submit = (): void => {
    setIsTried(true);
    if (!isUnchosen) doing.run();
  };
  return (
    <form class="wizard" onSubmit={onSubmit(submit)}>
      <Names form={form} before={before} />
      <Timing form={form} />
      <What form={form} around={around} wrong={isTried && isUnchosen ? t.chooseOne : undefined} />
      <More form={form} />
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
