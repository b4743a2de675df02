/** Which backups stay and which are deleted, and why: by the saved rules, or by others before they are saved. */
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listBackups, listSchedules } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Select } from '../../parts/forms/field.tsx';
import { LiveScreen, ScreenHead } from '../../parts/live-screen.tsx';
import { Empty } from '../../parts/notice.tsx';
import { go } from '../../routing.ts';
import type { Screen, ScreenProps } from '../../screen.ts';
import { HeldAndRemoved } from './held-and-removed.tsx';
import { Rules } from './rules.tsx';
import { words } from './words.ts';

/**
 * As many of the newest backups as the API gives at once. Their labels can be chosen, and held ones are found among them.
 */
const LOOKED_AT = 1000;

const Retention = ({ query }: ScreenProps) => {
  const t = words();
  const live = useLive(
    async (signal) => ({
      schedules: (await listSchedules(signal)).resources,
      backups: (await listBackups({ limit: LOOKED_AT }, signal)).resources,
    }),
    [],
  );
  return (
    <LiveScreen live={live} head={<ScreenHead title={t.title} lead={t.lead} />}>
      {({ schedules, backups }) => {
        const labels = [...new Set(backups.map(({ label }) => label))].sort();
        return schedules.length === 0 && labels.length === 0 ? (
          <Empty title={t.none}>
            <p>{t.noneHint}</p>
          </Empty>
        ) : (
          <>
            <Chosen schedules={schedules} labels={labels} query={query} onSaved={live.reload} />
            <HeldAndRemoved backups={backups} onChanged={live.reload} />
          </>
        );
      }}
    </LiveScreen>
  );
};

const Chosen = ({
  schedules,
  labels,
  query,
  onSaved,
}: {
  schedules: readonly ScheduleView[];
  labels: readonly string[];
  query: URLSearchParams;
  onSaved: () => void;
}) => {
  const t = words();
  const options = [
    ...schedules.map(({ id }) => [`schedule/${id}`, t.schedule(visible(id))] as const),
    ...labels.map((label) => [`label/${label}`, t.label(visible(label))] as const),
  ];
  const wanted = query.has('schedule') ? `schedule/${query.get('schedule')}` : `label/${query.get('label')}`;
  const value = options.some(([one]) => one === wanted) ? wanted : (options[0]?.[0] ?? '');
  const [of = '', name = ''] = value.split('/');
  const schedule = of === 'schedule' ? schedules.find(({ id }) => id === name) : undefined;
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Select
          label={t.of}
          value={value}
          onValue={(next) => {
            const [kind = '', which = ''] = next.split('/');
            go('/retention', { [kind]: which });
          }}
          options={options}
        />
      </form>
      <Rules
        key={`${value} ${schedule?.version ?? ''}`}
        group={schedule === undefined ? { label: name } : { schedule: name }}
        schedule={schedule}
        onSaved={onSaved}
      />
    </>
  );
};

export const retentionScreen: Screen = {
  path: '/retention',
  needs: 'schedule.read',
  alsoNeeds: 'backup.read',
  menu: { name: () => words().title, icon: 'retention' },
  title: () => words().title,
  view: Retention,
};
