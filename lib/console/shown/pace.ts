/** How often a schedule runs, in words. Only the usual paces have words; any other cron line is shown as it is. */
import { language } from '../words/language.ts';
import { twoDigits } from './times.ts';

export type Pace =
  | { readonly every: 'day'; readonly time: string }
  /** 0 is Sunday, as in a cron line. */
  | { readonly every: 'week'; readonly time: string; readonly weekday: number }
  | { readonly every: 'month'; readonly time: string; readonly day: number }
  | { readonly every: 'own'; readonly cron: string };

/** The pace that a cron line says, if it is a usual one. */
export const paceOf = (cron: string): Pace => {
  const own = { every: 'own', cron } as const;
  const fields = cron.trim().split(/\s+/);
  const [minute = '', hour = '', day, month, weekday = ''] = fields;
  if (fields.length !== 5 || !/^\d{1,2}$/.test(minute) || !/^\d{1,2}$/.test(hour) || month !== '*')
    return own;
  const time = `${twoDigits(Number(hour))}:${twoDigits(Number(minute))}`;
  if (Number(hour) > 23 || Number(minute) > 59) return own;
  if (day === '*' && weekday === '*') return { every: 'day', time };
  if (day === '*' && /^[0-6]$/.test(weekday)) return { every: 'week', time, weekday: Number(weekday) };
  // Days after the 28th do not exist in every month.
  if (weekday === '*' && day !== undefined && /^([1-9]|1\d|2[0-8])$/.test(day))
    return { every: 'month', time, day: Number(day) };
  return own;
};

export const cronOf = (pace: Pace): string => {
  if (pace.every === 'own') return pace.cron.trim();
  const [hour = '0', minute = '0'] = pace.time.split(':').map((part) => String(Number(part)));
  if (pace.every === 'week') return `${minute} ${hour} * * ${pace.weekday}`;
  if (pace.every === 'month') return `${minute} ${hour} ${pace.day} * *`;
  return `${minute} ${hour} * * *`;
};

/** 2023-01-01 was a Sunday. */
export const weekdayName = (weekday: number): string =>
  new Intl.DateTimeFormat(language(), { weekday: 'long', timeZone: 'UTC' }).format(
    Date.UTC(2023, 0, 1 + weekday),
  );
