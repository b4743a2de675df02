import type { ScheduleView } from '../../model/schedules/schedule-view.ts';
import type { Answer } from '../requests/answer.ts';
import { visible } from '../terminal/visible-text.ts';

/** A schedule as people read it, a line for each setting. */
export const scheduleReport = (schedule: Answer<ScheduleView>): string[] => {
  const lines: [string, string][] = [
    ['schedule', schedule.text('id')],
    ['managed', schedule.text('managed') === 'api' ? 'here' : 'in holdfast.config.json'],
    ['state', [schedule.text('state'), schedule.text('stateReason')].filter((one) => one !== '').join(': ')],
    ['when', `${schedule.text('cron')} (${schedule.text('timeZone')})`],
    ['from', schedule.text('startAt')],
    ['until', schedule.text('endAt')],
    ['jitter', minutes(schedule.count('jitterMinutes'))],
    ['label', schedule.text('label')],
    ['description', schedule.text('description')],
    ['scope', [schedule.text('scope'), schedule.text('domain')].filter((one) => one !== '').join(' ')],
    ['components', schedule.has('components') ? schedule.texts('components').join(', ') : 'all'],
    ['key', schedule.text('keyId')],
    ['verification', schedule.text('verification')],
    ['if missed', schedule.text('catchUp') === 'run' ? 'one run afterwards' : 'recorded'],
    ['keeps', kept(schedule.raw.retention)],
    ['waits', minutes(schedule.count('waitMinutes'))],
    ['calls', schedule.text('pingHost')],
  ];
  return [
    ...lines.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${visible(value)}`),
    ...nextLines(schedule),
    ...schedule.texts('notes').map((note) => `note: ${visible(note)}`),
  ];
};

const kept = (policy: unknown): string =>
  policy === null || policy === undefined
    ? ''
    : Object.entries(policy)
        .map(([rule, value]) => `${rule.replace(/^keep/, '').toLowerCase()} ${value}`)
        .join(', ');

const minutes = (count: number): string => (count === 0 ? '' : `up to ${count} min`);

/** A time in the schedule's zone, and in UTC. */
const nextLines = (schedule: Answer<ScheduleView>): string[] =>
  schedule.list('nextRuns').map((run) => `next: ${visible(run.text('local'))}  ${visible(run.text('at'))}`);
