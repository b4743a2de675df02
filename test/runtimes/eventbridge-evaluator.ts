/**
 * Computes when EventBridge Scheduler runs an expression, from the rules in its user guide: six fields; 1 to
 * 7 or SUN to SAT for the day of the week, where 1 is Sunday; `?` in exactly one of the two fields for days;
 * lists, ranges and increments. It shares no code with the product. Times are local times of the expression's
 * time zone; the caller handles clock changes.
 */
const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const numberFor = (text: string, names: readonly string[]): number => {
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? named + 1 : Number(text);
  if (!Number.isInteger(value)) throw new Error(`EventBridge knows no value ${text}`);
  return value;
};

const fieldOf = (text: string, first: number, last: number, names: readonly string[] = []): Set<number> => {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [from = '', to] = range === '*' ? [String(first), String(last)] : range.split('-');
    const begin = numberFor(from, names);
    const end = to === undefined ? (part.includes('/') ? last : begin) : numberFor(to, names);
    if (begin < first || end > last || begin > end) throw new Error(`EventBridge refuses ${part}`);
    for (let value = begin; value <= end; value += Number(step)) values.add(value);
  }
  return values;
};

/** Local times written as UTC, after a given time, at most `count` of them, within eight years. */
export const eventBridgeTimes = (expression: string, after: Date, count: number): Date[] => {
  const [, inner = ''] = /^cron\((.*)\)$/.exec(expression) ?? [];
  const [minutes = '', hours = '', days = '', monthsText = '', ofWeek = '', years, more] = inner.split(' ');
  if (years !== '*' || more !== undefined || expression.length > 256)
    throw new Error(`EventBridge refuses ${expression}`);
  if ((days === '?') === (ofWeek === '?')) throw new Error(`EventBridge wants one "?" in ${expression}`);
  const [minute, hour] = [fieldOf(minutes, 0, 59), fieldOf(hours, 0, 23)];
  const month = fieldOf(monthsText, 1, 12, months);
  const day = days === '?' ? undefined : fieldOf(days, 1, 31);
  const weekday = ofWeek === '?' ? undefined : fieldOf(ofWeek, 1, 7, weekdays);
  const found: Date[] = [];
  const at = new Date(after);
  at.setUTCHours(0, 0, 0, 0);
  for (let looked = 0; looked < 8 * 366 && found.length < count; looked++) {
    const today =
      month.has(at.getUTCMonth() + 1) &&
      (day?.has(at.getUTCDate()) ?? true) &&
      (weekday?.has(at.getUTCDay() + 1) ?? true);
    if (today)
      for (let of = 0; of < 24 * 60; of++)
        if (hour.has(Math.floor(of / 60)) && minute.has(of % 60)) {
          const time = new Date(at.getTime() + of * 60_000);
          if (time > after && found.length < count) found.push(time);
        }
    at.setUTCDate(at.getUTCDate() + 1);
  }
  return found;
};
