/** The form of a schedule, and the request that it makes. */
import type { ReplaceScheduleRequest } from '../../../model/schedules/schedule.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import type { FormState } from '../../parts/forms/use-form.ts';
import { cronOf, type Pace, paceOf } from '../../shown/pace.ts';

/** The values as typed: numbers are texts, and an empty text is no value. */
export interface ScheduleForm {
  readonly id: string;
  readonly every: Pace['every'];
  readonly time: string;
  readonly weekday: string;
  readonly day: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly startAt: string;
  readonly endAt: string;
  readonly jitterMinutes: string;
  readonly label: string;
  readonly description: string;
  /** The name of the domain; empty: the whole system. */
  readonly domain: string;
  readonly which: 'all' | 'some';
  readonly components: readonly string[];
  readonly keyId: string;
  readonly catchUp: ScheduleView['catchUp'];
  readonly waitMinutes: string;
  readonly verification: ScheduleView['verification'];
}

/** What each part of the form gets. */
export interface FormProps {
  readonly form: FormState<ScheduleForm>;
}

export const newForm = (timeZone: string): ScheduleForm => ({
  id: '',
  every: 'day',
  time: '03:30',
  weekday: '1',
  day: '1',
  cron: '30 3 * * *',
  timeZone,
  startAt: '',
  endAt: '',
  jitterMinutes: '0',
  label: 'nightly',
  description: '',
  domain: '',
  which: 'all',
  components: [],
  keyId: '',
  catchUp: 'run',
  waitMinutes: '60',
  verification: 'full',
});

export const formOf = (schedule: ScheduleView): ScheduleForm => {
  const pace = paceOf(schedule.cron);
  const { id, timeZone, label, description, catchUp, verification } = schedule;
  return {
    ...newForm(timeZone),
    ...{ id, label, description, catchUp, verification },
    every: pace.every,
    cron: schedule.cron,
    ...(pace.every !== 'own' && { time: pace.time }),
    ...(pace.every === 'week' && { weekday: String(pace.weekday) }),
    ...(pace.every === 'month' && { day: String(pace.day) }),
    startAt: schedule.startAt ?? '',
    endAt: schedule.endAt ?? '',
    jitterMinutes: String(schedule.jitterMinutes),
    domain: schedule.scope === 'domain' ? (schedule.domain ?? '') : '',
    which: schedule.components === null ? 'all' : 'some',
    components: schedule.components ?? [],
    keyId: schedule.keyId ?? '',
    waitMinutes: String(schedule.waitMinutes),
  };
};

export const paceOfForm = ({ every, time, weekday, day, cron }: ScheduleForm): Pace => {
  if (every === 'own') return { every, cron };
  if (every === 'week') return { every, time, weekday: Number(weekday) };
  if (every === 'month') return { every, time, day: Number(day) };
  return { every, time };
};

const numberOf = (text: string): number => (text.trim() === '' ? 0 : Number(text));

/** When the schedule runs: this is what the preview sends. */
export const timingOf = (form: ScheduleForm) => ({
  cron: cronOf(paceOfForm(form)),
  timeZone: form.timeZone.trim(),
  jitterMinutes: numberOf(form.jitterMinutes),
  ...(form.startAt.trim() !== '' && { startAt: form.startAt.trim() }),
  ...(form.endAt.trim() !== '' && { endAt: form.endAt.trim() }),
});

/**
 * The whole schedule without its id. What the form does not show stays as it was: the retention rules, whether the
 * schedule is paused, and the version, by which the API notices that somebody else has changed the schedule meanwhile.
 */
export const requestOf = (form: ScheduleForm, before?: ScheduleView): Partial<ReplaceScheduleRequest> => ({
  ...timingOf(form),
  ...(form.label !== '' && { label: form.label }),
  description: form.description,
  ...(form.domain === '' ? { scope: 'system' } : { scope: 'domain', domain: form.domain }),
  ...(form.which === 'some' && { components: [...form.components] }),
  ...(form.keyId !== '' && { keyId: form.keyId }),
  catchUp: form.catchUp,
  waitMinutes: numberOf(form.waitMinutes),
  verification: form.verification,
  ...(before?.retention != null && { retention: before.retention }),
  ...(before !== undefined && { enabled: before.state !== 'paused' }),
  ...(before?.version != null && { version: before.version }),
});

/** The schedule as it is, with other retention rules; null: without rules of its own. */
export const withRetention = (
  schedule: ScheduleView,
  retention: ScheduleView['retention'],
): Partial<ReplaceScheduleRequest> =>
  requestOf({ ...formOf(schedule), every: 'own' }, { ...schedule, retention });
