/** The five-field cron of holdfast.config.json in the six fields of EventBridge Scheduler. */
import { cronFields, FIVE_FIELDS } from '../model/cron.ts';

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}
const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const minute: Field = { name: 'minute', min: 0, max: 59, names: [] };
const hour: Field = { name: 'hour', min: 0, max: 23, names: [] };
const day: Field = { name: 'day', min: 1, max: 31, names: [] };
const month: Field = { name: 'month', min: 1, max: 12, names: monthNames };
/** 7 is Sunday too. */
const weekday: Field = { name: 'weekday', min: 0, max: 7, names: weekdays };

/** What a Scheduler expression may have. */
const MAX_EXPRESSION = 256;

/**
 * `cron(...)` for EventBridge Scheduler, which reads it in the schedule's own time zone. Steps, ranges and names are
 * written out as lists, so that no difference between the two dialects is left to chance.
 *
 * @throws Error with a sentence when the expression has no equal there.
 */
export const eventBridgeCron = (cron: string): string => {
  const refuse = (why: string): never => {
    throw new Error(`the schedule "${cron}" cannot run on AWS: ${why}`);
  };
  const fields = cronFields(cron);
  if (fields === undefined) return refuse(FIVE_FIELDS);
  const list = (text: string, field: Field): string => written(text, field, refuse);
  const onDays = list(fields.day, day);
  const onWeekdays = list(fields.weekday, weekday);
  if (onDays !== '*' && onWeekdays !== '*')
    return refuse(
      'EventBridge cannot run on days of the month or of the week, whichever comes; make it two schedules',
    );
  const months = list(fields.month, month);
  const dayFields = onWeekdays === '*' ? `${onDays} ${months} ?` : `? ${months} ${onWeekdays}`;
  const expression = `cron(${list(fields.minute, minute)} ${list(fields.hour, hour)} ${dayFields} *)`;
  return expression.length > MAX_EXPRESSION
    ? refuse(`it comes to ${expression.length} characters, and EventBridge takes ${MAX_EXPRESSION}`)
    : expression;
};

type Refuse = (why: string) => never;

/** `*` when the field allows all it can, else the values, separated by commas. */
const written = (text: string, field: Field, refuse: Refuse): string => {
  const values = new Set(text.split(',').flatMap((part) => valuesOf(part, field, refuse)));
  if (field === weekday && values.delete(7)) values.add(0);
  const all = field === weekday ? 7 : field.max - field.min + 1;
  if (values.size === all) return '*';
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.map((value) => (field === weekday ? weekdays[value] : value)).join(',');
};

const valuesOf = (part: string, field: Field, refuse: Refuse): number[] => {
  const [range = '', step, more] = part.split('/');
  const by = step === undefined ? 1 : Number(step);
  if (more !== undefined || !Number.isInteger(by) || by < 1)
    return refuse(`"${part}" is no step of the field ${field.name}`);
  const [first, last] = boundsOf(range, field, step !== undefined, refuse);
  if (first > last)
    return refuse(`the range "${range}" of the field ${field.name} runs backwards; write it as two ranges`);
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
};

const boundsOf = (range: string, field: Field, stepped: boolean, refuse: Refuse): [number, number] => {
  // A star over the week counts each day once: 0 to 6.
  if (range === '*') return [field.min, field === weekday ? 6 : field.max];
  const [from = '', to, more] = range.split('-');
  if (more !== undefined) return refuse(`"${range}" is no range of the field ${field.name}`);
  const first = numberOf(from, field, refuse);
  if (to !== undefined) return [first, numberOf(to, field, refuse)];
  return [first, stepped ? field.max : first];
};

const numberOf = (text: string, field: Field, refuse: Refuse): number => {
  const named = field.names.indexOf(text.toUpperCase());
  if (named >= 0) return named + field.min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.min && value <= field.max))
    return refuse(
      `the field ${field.name} takes ${field.min} to ${field.max}${field.names.length > 0 ? ` or ${field.names[0]} to ${field.names.at(-1)}` : ''}, not "${text}"`,
    );
  return value;
};
