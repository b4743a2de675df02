/** The hour, day, ISO week, month and year that an instant lies in, by the clocks of a time zone. */
import type { PeriodRule } from './policy.ts';

export type Periods = Readonly<Record<PeriodRule, string>>;

const DAY_MILLISECONDS = 24 * 3_600_000;

/** Making a formatter takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    timeZoneName: 'longOffset',
  });
  formats.set(timeZone, made);
  return made;
};

/**
 * Returns a function that names the periods of an instant: two instants lie in one period when their names are equal.
 */
export const periodsIn = (timeZone: string): ((instant: Date) => Periods) => {
  const format = formatOf(timeZone);
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? 0);
    const [year, month, day] = [of('year'), of('month'), of('day')];
    const date = `${year}-${month}-${day}`;
    return {
      // An hour that comes twice in autumn is two hours, which the offset tells apart.
      keepHourly: `${date} ${of('hour')} ${parts.get('timeZoneName')}`,
      keepDaily: date,
      keepWeekly: isoWeek(year, month, day),
      keepMonthly: `${year}-${month}`,
      keepYearly: `${year}`,
    };
  };
};

/** A week begins on Monday, and belongs to the year in which its Thursday lies. */
const isoWeek = (year: number, month: number, day: number): string => {
  const date = new Date(Date.UTC(year, month - 1, day));
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() + (3 - weekday) * DAY_MILLISECONDS);
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - firstDay) / (7 * DAY_MILLISECONDS)) + 1;
  return `${thursday.getUTCFullYear()}-W${week}`;
};
