import { describe, expect, test } from '@jest/globals';
import { DueTimes, type Timing } from '../../lib/model/schedules/due-times.ts';
import { wallClockOf } from '../../lib/model/schedules/wall-clock.ts';

const times = (timing: Timing, from: string, until: string): string[] =>
  [...new DueTimes(timing).between(new Date(from), new Date(until))].map((at) => at.toISOString());
const short = (all: string[]): string[] => all.map((at) => at.slice(0, 16));

/**
 * UTC instants around the days on which clocks change. The tests of both hosts use this table: the embedded
 * host checks the clock, and EventBridge Scheduler gets each instant
 * (test/operations/schedules/keep-schedules.test.ts).
 */
const table: [string, string, string, string, string[]][] = [
  // Europe/Berlin, spring: at 2027-03-28 01:00Z, 02:00 becomes 03:00.
  [
    '30 2 * * *',
    'Europe/Berlin',
    '2027-03-27',
    '2027-03-30',
    ['2027-03-27T01:30', '2027-03-28T01:00', '2027-03-29T00:30'],
  ],
  ['0 2 * * *', 'Europe/Berlin', '2027-03-28', '2027-03-28T20:00Z', ['2027-03-28T01:00']],
  ['0,30 2 * * *', 'Europe/Berlin', '2027-03-28', '2027-03-28T20:00Z', ['2027-03-28T01:00']],
  ['0 3 * * *', 'Europe/Berlin', '2027-03-28', '2027-03-28T20:00Z', ['2027-03-28T01:00']],
  [
    '30 2,14 * * *',
    'Europe/Berlin',
    '2027-03-28',
    '2027-03-28T20:00Z',
    ['2027-03-28T01:00', '2027-03-28T12:30'],
  ],
  [
    '30 * * * *',
    'Europe/Berlin',
    '2027-03-28T00:00Z',
    '2027-03-28T03:00Z',
    ['2027-03-28T00:30', '2027-03-28T01:30', '2027-03-28T02:30'],
  ],
  // Europe/Berlin, autumn: at 2027-10-31 01:00Z, 03:00 becomes 02:00.
  [
    '30 2 * * *',
    'Europe/Berlin',
    '2027-10-30T12:00Z',
    '2027-11-01T12:00Z',
    ['2027-10-31T00:30', '2027-11-01T01:30'],
  ],
  [
    '0,30 2,3 * * *',
    'Europe/Berlin',
    '2027-10-30T12:00Z',
    '2027-10-31T12:00Z',
    ['2027-10-31T00:00', '2027-10-31T00:30', '2027-10-31T02:00', '2027-10-31T02:30'],
  ],
  [
    '30 * * * *',
    'Europe/Berlin',
    '2027-10-31T00:00Z',
    '2027-10-31T03:00Z',
    ['2027-10-31T00:30', '2027-10-31T01:30', '2027-10-31T02:30'],
  ],
  // The line means the days 1 and 30. February has no day 30, and the first of March is due only as a day 1.
  [
    '0 0 */29 * *',
    'UTC',
    '2025-02-01T00:00Z',
    '2025-04-01T00:00Z',
    ['2025-03-01T00:00', '2025-03-30T00:00', '2025-04-01T00:00'],
  ],
  // America/New_York: the clock changes at 2027-03-14 07:00Z and 2027-11-07 06:00Z.
  ['15 2 * * *', 'America/New_York', '2027-03-14T00:00Z', '2027-03-15T00:00Z', ['2027-03-14T07:00']],
  ['15 1 * * *', 'America/New_York', '2027-11-07T00:00Z', '2027-11-08T00:00Z', ['2027-11-07T05:15']],
  // Australia/Lord_Howe: the clock changes by half an hour, at 2027-10-02 15:30Z and 2027-04-03 15:00Z.
  ['15 2 * * *', 'Australia/Lord_Howe', '2027-10-02T12:00Z', '2027-10-03T12:00Z', ['2027-10-02T15:30']],
  ['45 1 * * *', 'Australia/Lord_Howe', '2027-04-03T12:00Z', '2027-04-04T12:00Z', ['2027-04-03T14:45']],
  // America/Santiago: the clock changes at midnight, 2027-09-05 04:00Z.
  [
    '@daily',
    'America/Santiago',
    '2027-09-05T00:00Z',
    '2027-09-06T12:00Z',
    ['2027-09-05T04:00', '2027-09-06T03:00'],
  ],
  [
    'every 6h',
    'Europe/Berlin',
    '2027-03-28T00:00Z',
    '2027-03-28T18:00Z',
    ['2027-03-28T06:00', '2027-03-28T12:00', '2027-03-28T18:00'],
  ],
];

describe('due times', () => {
  test.each(table)('of "%s" in %s, from %s to %s [K7]', (cron, timeZone, from, until, expected) => {
    expect(short(times({ cron, timeZone }, from, until))).toEqual(expected);
  });

  test.each([
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Santiago',
    'Africa/Casablanca',
  ])('are one for each day of two years in %s, at every half hour of the night [K7]', (timeZone) => {
    for (const cron of ['30 0 * * *', '0 1 * * *', '30 1 * * *', '0 2 * * *', '30 2 * * *', '0 3 * * *']) {
      const all = times({ cron, timeZone }, '2026-12-30T12:00:00Z', '2028-12-30T12:00:00Z');
      const days = all.map((at) => wallClockOf(timeZone).shown(new Date(at)).slice(0, 10));
      expect([cron, days.length, new Set(days).size]).toEqual([cron, 731, 731]);
    }
  });

  test('with jitter are put off by less than it, always by the same, and another schedule by another [C13]', () => {
    const timing = { id: 'a', cron: '0 * * * *', timeZone: 'UTC', jitterMinutes: 20 };
    const range = ['2027-01-01T00:00:00Z', '2027-01-08T00:00:00Z'] as const;
    const all = times(timing, ...range);
    expect(all).toEqual(times({ ...timing }, ...range));
    expect(all).not.toEqual(times({ ...timing, id: 'b' }, ...range));
    const late = all.map((at) => Date.parse(at) % 3_600_000);
    expect(Math.max(...late)).toBeLessThan(20 * 60_000);
    expect(new Set(late).size).toBeGreaterThan(100);
    for (const at of all) {
      const due = new DueTimes(timing);
      expect(due.isDue(new Date(at))).toBe(true);
      expect(due.lastBetween(new Date(range[0]), new Date(Date.parse(at) + 999))?.toISOString()).toBe(at);
    }
  });

  test('lie from the start to the end [C13]', () => {
    const bounds = { startAt: '2027-01-02T00:00:00Z', endAt: '2027-01-03T12:00:00Z' };
    const range = ['2027-01-01T00:00:00Z', '2027-01-08T00:00:00Z'] as const;
    const of = (timing: Pick<Timing, 'cron'>) =>
      short(times({ timeZone: 'UTC', ...timing, ...bounds }, ...range));
    expect(of({ cron: '@daily' })).toEqual(['2027-01-02T00:00', '2027-01-03T00:00']);
    expect(of({ cron: 'every 1d' })).toEqual(['2027-01-02T00:00', '2027-01-03T00:00']);
    expect(of({ cron: 'every 20h' })).toEqual(['2027-01-02T00:00', '2027-01-02T20:00']);
  });

  test('of years ago are found without a walk through them', () => {
    const due = new DueTimes({ cron: '* * * * *', timeZone: 'UTC' });
    expect(due.lastBetween(new Date('1990-01-01'), new Date('2027-01-01T00:00:30Z'))?.toISOString()).toBe(
      '2027-01-01T00:00:00.000Z',
    );
  });
});
