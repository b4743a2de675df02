/** Times in words: always with their zone, and with how long ago they are. */
import { language } from '../words/language.ts';
import { now } from './clock.ts';

const units = [
  ['year', 365 * 24 * 3600_000],
  ['month', 30 * 24 * 3600_000],
  ['day', 24 * 3600_000],
  ['hour', 3600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** Keeps each formatter once it is made: to make one takes longer than to show all rows of a screen. */
const kept = <T>(make: (key: string) => T): ((key: string) => T) => {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
};
const relativeFormat = kept((spoken) => new Intl.RelativeTimeFormat(spoken, { numeric: 'auto' }));
const numberFormat = kept((spoken) => new Intl.NumberFormat(spoken));
/** For a named time zone; for an empty name, the reader's. */
const zonedFormat = kept(
  (timeZone) =>
    new Intl.DateTimeFormat('en-GB', {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
      ...(timeZone !== '' && { timeZone }),
    }),
);

/** `05` for 5. */
export const twoDigits = (n: number): string => String(n).padStart(2, '0');

/** `3 hours ago`, `in 2 days`, in the language of the page. */
export const relativeTime = (instant: string): string => {
  const span = Date.parse(instant) - now();
  if (Number.isNaN(span)) return '';
  const [unit, length] = units.find(([, size]) => Math.abs(span) >= size) ?? ['second', 1000];
  return relativeFormat(language()).format(Math.round(span / length), unit);
};

/** `2026-11-20 11:00 CET`, in this order in every language; in the reader's time zone if none is named. */
export const zonedTime = (instant: string, timeZone?: string): string => {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime())) return instant;
  const parts = zonedFormat(timeZone ?? '').formatToParts(time);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')} ${part('timeZoneName')}`;
};

/** The day in the reader's time zone, for example `2026-11-20`. */
export const localDay = (instant: string | number): string => {
  const time = new Date(instant);
  return `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())}`;
};

/** `4.2 s`, `3 min 05 s`, `2 h 03 min`, as the command line writes them. */
export const duration = (milliseconds: number): string => {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
};

/** `1,234` or `1.234`. */
export const counted = (n: number): string => numberFormat(language()).format(n);

const monthFormat = kept((spoken) => new Intl.DateTimeFormat(spoken, { month: 'short', timeZone: 'UTC' }));
const weekdayFormat = kept(
  (spoken) => new Intl.DateTimeFormat(spoken, { weekday: 'short', timeZone: 'UTC' }),
);

/** `Dec` for `2026-12-01`. */
export const monthName = (day: string): string => monthFormat(language()).format(Date.parse(day));

/** `Mon` for 1; 0 is Sunday. 2023-01-01 was a Sunday. */
export const shortWeekday = (weekday: number): string =>
  weekdayFormat(language()).format(Date.UTC(2023, 0, 1 + weekday));
