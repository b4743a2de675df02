/**
 * Reads the five fields of a cron line, by one rule for all hosts, into the values that each field allows. Each host's
 * own scheduler gets these values as lists, so that differences between dialects do not matter; what one host's
 * scheduler cannot do is refused for all.
 */

const FIVE_FIELDS = 'a cron expression has five fields: minute hour day month weekday';

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}
const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
export const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const minute: Field = { name: 'minute', min: 0, max: 59, names: [] };
const hour: Field = { name: 'hour', min: 0, max: 23, names: [] };
const day: Field = { name: 'day', min: 1, max: 31, names: [] };
const month: Field = { name: 'month', min: 1, max: 12, names: monthNames };
/** 7 is Sunday, too. */
const weekday: Field = { name: 'weekday', min: 0, max: 7, names: weekdayNames };

/** The values of a field in ascending order; undefined when it allows all values. */
export type Allowed = readonly number[] | undefined;

export interface CronLine {
  readonly minute: Allowed;
  readonly hour: Allowed;
  readonly day: Allowed;
  readonly month: Allowed;
  /** 0 is Sunday. Days of the month and of the week are never both given. */
  readonly weekday: Allowed;
}

/** Words for common lines. */
const words: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
]);

/** The message is a sentence that says why not every host can run the line. */
export class CronError extends Error {}

/** @throws CronError */
export const parseCron = (cron: string): CronLine => {
  const text = cron.trim();
  if (text.startsWith('@') && !words.has(text))
    throw new CronError(`the words that replace the five fields are ${[...words.keys()].join(', ')}`);
  const [minutes, hours, days, months, weekdays, more] = (words.get(text) ?? text).split(/\s+/);
  if (minutes === undefined || hours === undefined || days === undefined) throw new CronError(FIVE_FIELDS);
  if (months === undefined || weekdays === undefined || more !== undefined) throw new CronError(FIVE_FIELDS);
  const line = {
    minute: valuesOf(minutes, minute),
    hour: valuesOf(hours, hour),
    day: valuesOf(days, day),
    month: valuesOf(months, month),
    weekday: valuesOf(weekdays, weekday),
  };
  // Compares texts, not values: programs differ on whether "1-31" or "0-6" restricts at all.
  if (!isStar(days) && !isStar(weekdays))
    throw new CronError(
      `it names days of the month ("${days}") and days of the week ("${weekdays}"), which AWS cannot combine and cron programs combine differently; write * for one of them, or create two schedules`,
    );
  return line;
};

const isStar = (text: string): boolean => text === '*' || text === '*/1';

/** The values as a list that every scheduler reads in the same way. */
export const listed = (allowed: Allowed, asText: (value: number) => string = String): string =>
  allowed === undefined ? '*' : allowed.map(asText).join(',');

const valuesOf = (text: string, field: Field): Allowed => {
  const values = new Set(text.split(',').flatMap((part) => partValues(part, field)));
  if (field === weekday && values.delete(7)) values.add(0);
  return values.size === sizeOf(field) ? undefined : [...values].sort((a, b) => a - b);
};

const sizeOf = (field: Field): number => (field === weekday ? 7 : field.max - field.min + 1);

const partValues = (part: string, field: Field): number[] => {
  const [range = '', step, more] = part.split('/');
  const by = step === undefined ? 1 : /^\d{1,4}$/.test(step) ? Number(step) : 0;
  if (more !== undefined || by < 1) throw new CronError(`"${part}" is not a step of the field ${field.name}`);
  if (by > sizeOf(field))
    throw new CronError(
      `"${part}" is not a step of the field ${field.name}, which has only ${sizeOf(field)} values`,
    );
  const [first, last] = boundsOf(range, field, step !== undefined);
  if (first > last)
    throw new CronError(
      `the range "${range}" of the field ${field.name} ends before it begins; write it as two ranges`,
    );
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
};

const boundsOf = (range: string, field: Field, stepped: boolean): [number, number] => {
  // A star over the week counts each day once: 0 to 6.
  const end = field === weekday ? 6 : field.max;
  if (range === '*') return [field.min, end];
  const [from = '', to, more] = range.split('-');
  if (more !== undefined) throw new CronError(`"${range}" is not a range of the field ${field.name}`);
  const first = numberOf(from, field);
  if (to !== undefined) return [first, endOf(first, numberOf(to, field), to, field)];
  return [first, stepped ? Math.max(first, end) : first];
};

/** `FRI-SUN` runs to the Sunday at the end of the week. */
const endOf = (first: number, last: number, text: string, field: Field): number =>
  field === weekday && last === 0 && first > 0 && text.toUpperCase() === 'SUN' ? 7 : last;

const numberOf = (text: string, field: Field): number => {
  const named = field.names.indexOf(text.toUpperCase());
  if (named >= 0) return named + field.min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.min && value <= field.max))
    throw new CronError(
      `wrong ${field.name}: ${text === '' ? 'nothing' : text}; the field ${field.name} takes ${field.min} to ${field.max}${field.names.length > 0 ? ` or ${field.names[0]} to ${field.names.at(-1)}` : ''}, not "${text}"`,
    );
  return value;
};
