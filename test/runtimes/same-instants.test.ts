import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scheduleSchema } from '../../lib/model/config/config.ts';
import { DueTimes } from '../../lib/model/schedules/due-times.ts';
import { eventBridgeCron } from '../../lib/model/schedules/eventbridge-cron.ts';
import { testSeed } from '../random-pieces.ts';
import { eventBridgeTimes } from './eventbridge-evaluator.ts';

const taken = (cron: string, timeZone = 'UTC'): boolean =>
  scheduleSchema.safeParse({ id: 'one', cron, timeZone }).success;

const embeddedTimes = (cron: string, timeZone: string, after: Date, count: number): string[] => {
  const due = new DueTimes({ cron, timeZone });
  const times: string[] = [];
  for (let at = due.next(after); at && times.length < count; at = due.next(at)) times.push(at.toISOString());
  return times;
};
const awsTimes = (cron: string, after: Date, count: number): string[] =>
  eventBridgeTimes(eventBridgeCron(cron), after, count).map((time) => time.toISOString());

describe('a cron line', () => {
  const newYear = new Date('2026-12-31T23:59:00Z');

  test.each<[string, string[]]>([
    ['0 3 * * *', ['01-01T03:00', '01-02T03:00', '01-03T03:00']],
    ['0 3 * * 0-6', ['01-01T03:00', '01-02T03:00', '01-03T03:00']],
    ['0 3 1-31 * *', ['01-01T03:00', '01-02T03:00', '01-03T03:00']],
    ['*/1 3 */1 */1 */1', ['01-01T03:00', '01-01T03:01', '01-01T03:02']],
    ['0 3 1 * */1', ['01-01T03:00', '02-01T03:00', '03-01T03:00']],
    ['0 3 */1 * 1', ['01-04T03:00', '01-11T03:00', '01-18T03:00']],
    ['0 3 */2 * *', ['01-01T03:00', '01-03T03:00', '01-05T03:00']],
    ['0 3 * * */2', ['01-02T03:00', '01-03T03:00', '01-05T03:00']],
    ['5/20 8 * * *', ['01-01T08:05', '01-01T08:25', '01-01T08:45']],
    ['0 22 * * FRI-SUN', ['01-01T22:00', '01-02T22:00', '01-03T22:00']],
    ['0 22 * * 7', ['01-03T22:00', '01-10T22:00', '01-17T22:00']],
    ['0 3 29 2 *', []],
    ['@daily', ['01-01T00:00', '01-02T00:00', '01-03T00:00']],
    ['@monthly', ['01-01T00:00', '02-01T00:00', '03-01T00:00']],
  ])('"%s" is due at the same instants on both hosts [K7]', (cron, expected) => {
    expect(taken(cron)).toBe(true);
    const of = (times: string[]) => times.map((time) => time.slice(5, 16));
    if (expected.length > 0) expect(of(embeddedTimes(cron, 'UTC', newYear, 3))).toEqual(expected);
    expect(embeddedTimes(cron, 'UTC', newYear, 1)).toEqual(awsTimes(cron, newYear, 1));
    expect(embeddedTimes(cron, 'UTC', newYear, 3).slice(0, 2)).toEqual(awsTimes(cron, newYear, 2));
  });

  test.each([
    ['0 3 1 * 0-6', 'days of the month ("1") and days of the week ("0-6")'],
    ['0 3 1-31 * 1', 'days of the month ("1-31") and days of the week ("1")'],
    ['0 3 1 * 1', 'create two schedules'],
    ['0 3 */2 * 1', 'write * for one of them'],
    ['0 3 L * *', 'the field day takes 1 to 31, not "L"'],
    ['0 3 15W * *', 'not "15W"'],
    ['0 3 * * 5#1', 'the field weekday takes 0 to 7 or SUN to SAT, not "5#1"'],
    ['0 3 * * 5L', 'not "5L"'],
    ['0 3 ? * *', 'not "?"'],
    ['0 3 * * +1', 'not "+1"'],
    ['0 22-4 * * *', 'ends before it begins'],
    ['*/90 * * * *', '"*/90" is not a step of the field minute, which has only 60 values'],
    ['@reboot', 'the words that replace the five fields are @hourly, @daily, @weekly, @monthly, @yearly'],
    ['@toString', 'the words that replace the five fields are'],
    ['every 6h', 'has five fields'],
    ['0 3 * * 1,', 'not ""'],
    ['0 3 1.5 * *', 'not "1.5"'],
    ['0-57,59 0-21,23 1-28,30 1-10,12 *', 'and EventBridge on AWS allows 256; create two schedules'],
  ])('"%s" is refused by the configuration, so by both hosts, with what is wrong [K7]', (cron, why) => {
    const { error } = scheduleSchema.safeParse({ id: 'one', cron });
    expect(error?.issues[0]?.message).toContain(why);
    expect(error?.issues[0]?.message).toContain(`"${cron}"`);
    expect(() => eventBridgeCron(cron)).toThrow(why);
  });

  test.each(['+01:00', '-0330', 'Mars'])('of the time zone %s is refused: AWS has no such', (timeZone) => {
    expect(taken('0 3 * * *', timeZone)).toBe(false);
  });

  test('of any kind is refused by both hosts, or due at the same instants over years [K7]', () => {
    const seed = testSeed();
    const field = (min: number, max: number, names: string[] = []) => {
      const value = fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min, max }).map(String) },
        { weight: names.length > 0 ? 3 : 0, arbitrary: fc.constantFrom(...names, 'x') },
      );
      const range = fc.tuple(value, value).map(([from, to]) => `${from}-${to}`);
      const step = fc
        .tuple(fc.oneof(fc.constant('*'), range, value), fc.integer({ min: 1, max: max + 1 }))
        .map(([of, by]) => `${of}/${by}`);
      const part = fc.oneof(value, range, step);
      return fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('*', '*/1', `${min}-${max}`) },
        { weight: 4, arbitrary: part },
        { weight: 2, arbitrary: fc.array(part, { minLength: 2, maxLength: 4 }).map((all) => all.join(',')) },
        { weight: 1, arbitrary: fc.constantFrom('L', '?', '5#1', '5L', '15W', '+1', '') },
      );
    };
    const starred = (of: fc.Arbitrary<string>) =>
      fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, { weight: 1, arbitrary: of });
    const line = fc
      .tuple(
        field(0, 59),
        field(0, 23),
        starred(field(1, 31)),
        starred(field(1, 12, ['JAN', 'feb', 'DEC'])),
        starred(field(0, 7, ['SUN', 'mon', 'SAT'])),
      )
      .map((fields) => fields.join(' '));
    const from = fc.date({ min: new Date('2024-01-01'), max: new Date('2034-01-01'), noInvalidDate: true });
    let compared = 0;
    const property = fc.property(line, from, (cron, after) => {
      if (!taken(cron)) {
        expect(() => eventBridgeCron(cron)).toThrow(cron);
        return;
      }
      compared++;
      const aws = awsTimes(cron, after, 40);
      expect(embeddedTimes(cron, 'UTC', after, 40).slice(0, aws.length)).toEqual(aws);
    });
    fc.assert(property, { seed, numRuns: 400 });
    expect(compared).toBeGreaterThan(100);
  });
});

describe('where clocks change', () => {
  const zone = 'Europe/Berlin';
  const wall = (time: string): string => {
    const parts = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
    return parts.format(new Date(time));
  };

  test.each(['30 2 * * *', '0 3 * * *', '0 */6 * * *', '15 2,14 * * 0'])(
    '"%s" is due at the same wall-clock times on both hosts on every other day of the year [K7]',
    (cron) => {
      const changes = ['2027-03-28', '2027-10-31'];
      const year = (times: string[]) =>
        times.filter((time) => time < '2028' && !changes.includes(time.slice(0, 10)));
      // 23:59 in Berlin.
      const start = new Date('2026-12-31T22:59:00Z');
      const embedded = embeddedTimes(cron, zone, start, 2000).map(wall);
      const aws = awsTimes(cron, new Date('2026-12-31T23:59:00Z'), 2000).map((time) =>
        time.slice(0, 16).replace('T', ' '),
      );
      expect(year(embedded)).toEqual(year(aws));
    },
  );
});
