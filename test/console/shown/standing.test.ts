/** How well each component is backed up, as the overview shows it. */
import { describe, expect, test } from '@jest/globals';
import { needsOf } from '../../../lib/console/screens/overview/needs.ts';
import {
  calendar,
  calendarBegin,
  everyOf,
  standings,
} from '../../../lib/console/screens/overview/standing.ts';
import type { BackupView } from '../../../lib/model/records/backup.ts';
import type { ScheduleView } from '../../../lib/model/schedules/schedule-view.ts';

const HOUR = 3600_000;
const now = Date.parse('2026-11-20T12:00:00Z');
const ago = (hours: number): string => new Date(now - hours * HOUR).toISOString();

const files = { id: 'files', kind: 'directory', domain: 'root', target: '/srv/files' };

const backup = (hours: number, fields: object = {}, part: object = {}): BackupView =>
  ({
    id: `b-${hours}`,
    state: 'SUCCESS',
    createdAt: ago(hours),
    verifiedAt: ago(hours - 0.1),
    components: { files: { state: 'SUCCESS', ...part } },
    ...fields,
  }) as unknown as BackupView;

const point = (backups: readonly BackupView[], every?: number) => {
  const [found] = standings([files], backups, now, () => every);
  return [found?.point, found?.good?.id];
};

describe('the recovery point of a component [U10]', () => {
  test('is red without any backup, and by its age green, amber or red', () => {
    expect(point([])).toEqual(['red', undefined]);
    expect(point([backup(1)])).toEqual(['green', 'b-1']);
    expect(point([backup(26)])).toEqual(['green', 'b-26']);
    expect(point([backup(27)])).toEqual(['amber', 'b-27']);
    expect(point([backup(169)])).toEqual(['red', 'b-169']);
  });

  test('goes by the schedule where one is known', () => {
    expect(point([backup(7)], 6 * HOUR)).toEqual(['green', 'b-7']);
    expect(point([backup(9)], 6 * HOUR)).toEqual(['amber', 'b-9']);
    expect(point([backup(15)], 6 * HOUR)).toEqual(['red', 'b-15']);
  });

  test('counts a partial backup for the components that it holds whole, and no failed or replaced one', () => {
    expect(point([backup(1, { state: 'PARTIAL' })])).toEqual(['green', 'b-1']);
    expect(point([backup(1, { state: 'PARTIAL' }, { state: 'FAILED' }), backup(30)])).toEqual([
      'amber',
      'b-30',
    ]);
    expect(point([backup(1, { state: 'PARTIAL' }, { state: 'PARTIAL' }), backup(30)])).toEqual([
      'amber',
      'b-30',
    ]);
    expect(point([backup(1, { state: 'FAILED' }), backup(30)])).toEqual(['amber', 'b-30']);
    expect(point([backup(1, { replacedBy: 'b-0' }), backup(30)])).toEqual(['amber', 'b-30']);
  });

  test('names the newest one that was verified apart from the newest one', () => {
    const [found] = standings([files], [backup(1, { verifiedAt: null }), backup(5)], now);
    expect([found?.good?.id, found?.verified?.id]).toEqual(['b-1', 'b-5']);
  });
});

test('how often a component is backed up: by the longest gap of its most frequent schedule that is active [U10]', () => {
  const schedule = (hours: readonly number[], fields: object = {}): ScheduleView =>
    ({
      state: 'active',
      components: null,
      nextRuns: hours.map((one) => ({ at: ago(-one) })),
      ...fields,
    }) as never;
  const daily = schedule([1, 25, 49]);
  const weekdays = schedule([1, 7, 70], { components: ['files'] });
  expect(everyOf([daily], 'files')).toBe(24 * HOUR);
  expect(everyOf([weekdays], 'files')).toBe(63 * HOUR);
  expect(everyOf([weekdays, daily], 'files')).toBe(24 * HOUR);
  expect(everyOf([weekdays], 'other')).toBeUndefined();
  expect(everyOf([schedule([1, 2], { state: 'paused' }), schedule([3])], 'files')).toBeUndefined();
});

test('the calendar has each day once, the worst of a day counts, and a running backup counts for nothing [U10]', () => {
  const days = calendar(
    [backup(1, { state: 'IN_PROGRESS' }), backup(25), backup(26, { state: 'FAILED' })],
    now,
    12,
  );
  // 2026-11-20 is a Friday: eleven weeks from Monday to Sunday, and five days of the twelfth.
  expect(days).toHaveLength(82);
  expect([days[0]?.day, new Date(`${days[0]?.day}T12:00`).getDay()]).toEqual(['2026-08-31', 1]);
  expect(new Set(days.map(({ day }) => day)).size).toBe(82);
  expect(days.slice(-2).map(({ outcome }) => outcome)).toEqual(['bad', undefined]);
  expect(days.slice(0, -2).every(({ outcome }) => outcome === undefined)).toBe(true);
});

test('the calendar says of days that were not read that it does not know them, not that nothing ran [U10]', () => {
  const days = calendar([backup(25)], now, 12, Date.parse(ago(25)));
  // On the day of the oldest backup that was read, there may have been earlier ones.
  expect(days.slice(-3).map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', undefined]);
  expect(calendarBegin(now, 12)).toBeLessThanOrEqual(Date.parse('2026-08-31T12:00:00Z'));
});

test('of a component that no backup holds whole, the newest that holds part of it is named [U10]', () => {
  const parts = [backup(1, { state: 'PARTIAL' }, { state: 'PARTIAL' }), backup(2, {}, { state: 'FAILED' })];
  const [found] = standings([files], parts, now);
  expect([found?.point, found?.good, found?.partly?.id]).toEqual(['red', undefined, 'b-1']);
  const [whole] = standings([files], [...parts, backup(3)], now);
  expect([whole?.good?.id, whole?.partly]).toEqual(['b-3', undefined]);
});

describe('what needs a person [U10]', () => {
  const needs = (components: readonly string[], backups: readonly BackupView[], isOfDomains = false) =>
    needsOf({
      standings: standings(
        components.map((id) => ({ ...files, id })),
        backups,
        now,
      ),
      isOfDomains,
      clockFault: 0,
      backups,
      keys: undefined,
      approvals: { all: [], of: { kind: 'token', id: 'token-1', mayApprove: false } },
    }).map(({ title, text }) => [title, text]);

  test('is said of each component; of many that lack the same it is said once', () => {
    expect(needs(['a', 'b'], [backup(1)])).toEqual([
      ['“a” has never been backed up', undefined],
      ['“b” has never been backed up', undefined],
    ]);
    const many = Array.from({ length: 40 }, (_, n) => `c${n}`);
    expect(needs(many, [backup(1)])).toEqual([
      ['40 components have never been backed up', 'c0, c1, c2 and 37 more'],
    ]);
  });

  test('does not say “never” to whoever sees the backups of a domain alone: one of the whole system may hold it', () => {
    expect(needs(['files', 'other'], [backup(1)], true)).toEqual([
      ['No backup of its domain holds “other”', undefined],
    ]);
  });

  test('tells one that was only ever backed up in part from one that never was', () => {
    expect(needs(['files'], [backup(1, {}, { state: 'PARTIAL' })])).toEqual([
      ['“files” has never been backed up completely', undefined],
    ]);
  });
});
