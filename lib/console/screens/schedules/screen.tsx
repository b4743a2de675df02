/** The schedules, each with its next runs in its own time zone and in the reader's. */
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listSchedules } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { LiveScreen, ScreenHead } from '../../parts/live-screen.tsx';
import { NextRuns, ScheduleNotes } from '../../parts/next-runs.tsx';
import { Empty, Notice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { type Screen, useMay } from '../../screen.ts';
import { paceOf, weekdayName } from '../../shown/pace.ts';
import { policyText } from '../../shown/policy.ts';
import { words as shared } from '../../words/shared.ts';
import { Actions } from './actions.tsx';
import { words } from './words.ts';

const REFRESH_MILLISECONDS = 60_000;

const Schedules = () => {
  const t = words();
  const may = useMay();
  const live = useLive(listSchedules, [], () => REFRESH_MILLISECONDS);
  const create = may('schedule.write') && (
    <a class="main-button" href={to('/new-schedule')}>
      {t.create}
    </a>
  );
  return (
    <LiveScreen
      live={live}
      head={
        <ScreenHead title={t.title} lead={t.lead}>
          {live.value !== undefined && live.value.total > 0 && create}
        </ScreenHead>
      }
    >
      {({ resources }) =>
        resources.length === 0 ? (
          <Empty title={t.none}>
            <p>{t.noneHint}</p>
            {create}
          </Empty>
        ) : (
          <ul class="plain-list schedules">
            {resources.map((schedule) => (
              <Schedule key={schedule.id} schedule={schedule} onChanged={live.reload} />
            ))}
          </ul>
        )
      }
    </LiveScreen>
  );
};

const tones = { active: 'good', paused: 'plain', stopped: 'bad', ended: 'plain' } as const;

const Schedule = ({ schedule, onChanged }: { schedule: ScheduleView; onChanged: () => void }) => {
  const t = words();
  const { id, state, stateReason, managed, description, notes, retention, updatedAt, updatedBy } = schedule;
  return (
    <li class="card schedule">
      <div class="schedule-head">
        <h2>{visible(id)}</h2>
        <span class={`badge ${tones[state]}`}>{t[state]}</span>
        {managed === 'configuration' && (
          <span class="badge" title={t.ofConfigurationHint}>
            {t.ofConfiguration}
          </span>
        )}
      </div>
      {description !== '' && managed === 'api' && <p>{visible(description)}</p>}
      <div class="schedule-body">
        <div class="schedule-what">
          <Timing schedule={schedule} />
          <p class="quiet">
            {shared().label}: {visible(schedule.label)} · <What schedule={schedule} />
          </p>
          <p class="quiet">{retention === null ? t.keepsAll : `${t.keeps} ${policyText(retention)}`}</p>
          {updatedAt !== null && (
            <p class="quiet">
              {t.changedBy(visible(updatedBy ?? ''))}, <Time at={updatedAt} />
            </p>
          )}
        </div>
        <div>
          <h3>{t.next}</h3>
          {state === 'paused' ? (
            <p class="quiet">{t.pausedHint}</p>
          ) : (
            <NextRuns runs={schedule.nextRuns.slice(0, 3)} timeZone={schedule.timeZone} none={t.noRun} />
          )}
        </div>
      </div>
      {stateReason !== '' && <Notice tone="bad" title={<span lang="en">{visible(stateReason)}</span>} />}
      <ScheduleNotes notes={notes} />
      <Actions schedule={schedule} onChanged={onChanged} />
    </li>
  );
};

const Timing = ({ schedule: { cron, timeZone } }: { schedule: ScheduleView }) => {
  const t = words();
  const pace = paceOf(cron);
  return (
    <p>
      {pace.every === 'own' ? (
        <code class="name">{visible(cron)}</code>
      ) : (
        <span class="name">
          {pace.every === 'day' && t.daily(pace.time)}
          {pace.every === 'week' && t.weekly(weekdayName(pace.weekday), pace.time)}
          {pace.every === 'month' && t.monthly(String(pace.day), pace.time)}
        </span>
      )}{' '}
      <span class="quiet">{t.inZone(visible(timeZone))}</span>
    </p>
  );
};

const What = ({ schedule: { components, scope, domain } }: { schedule: ScheduleView }) => {
  const t = words();
  const of = scope === 'domain' ? `${t.ofDomain(visible(domain ?? ''))}: ` : '';
  return (
    <>
      {of}
      {components === null ? t.everything : components.map(visible).join(', ')}
    </>
  );
};

export const schedulesScreen: Screen = {
  path: '/schedules',
  needs: 'schedule.read',
  menu: { name: () => words().title, icon: 'schedules' },
  title: () => words().title,
  view: Schedules,
};
