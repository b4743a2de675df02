import { describe, expect, test } from '@jest/globals';
import { type Candidate, planRetention } from '../../lib/model/retention/plan.ts';
import { retentionSchema } from '../../lib/model/retention/policy.ts';

const NOW = new Date('2026-11-30T12:00:00.000Z');
const hex = (n: number): string => n.toString(16).padStart(12, '0');
let made = 0;

const backup = (createdAt: string, fields: Partial<Candidate> = {}): Candidate => ({
  id: `nightly-00000000-0000-4000-8000-${hex(++made)}`,
  state: 'SUCCESS',
  createdAt: new Date(createdAt).toISOString(),
  imported: false,
  verifiedAt: new Date(createdAt).toISOString(),
  progress: {
    step: 'complete-backup',
    sourceBytes: 0,
    entries: 0,
    expectedBytes: null,
    cancelledBy: null,
    updatedAt: createdAt,
  },
  components: { files: { state: 'SUCCESS' } },
  ...fields,
});
/** One backup a day at 03:00, the newest first. */
const daily = (days: number): Candidate[] =>
  Array.from({ length: days }, (_, day) => backup(new Date(Date.UTC(2026, 10, 30 - day, 3)).toISOString()));

const plan = (backups: readonly Candidate[], policy: unknown, timeZone?: string) =>
  planRetention(backups, retentionSchema.parse(policy), {
    now: NOW,
    ...(timeZone === undefined ? {} : { timeZone }),
  });
const kept = (backups: readonly Candidate[], policy: unknown, timeZone?: string): string[] =>
  plan(backups, policy, timeZone)
    .filter(({ keep }) => keep)
    .map(({ committedAt }) => committedAt.slice(0, 16));

describe('which backups retention keeps', () => {
  test('the last ones, with the reason for each [C13]', () => {
    const verdicts = plan(daily(4), { keepLast: 2 });
    expect(verdicts.map(({ keep, reasons }) => [keep, reasons])).toEqual([
      [true, ['kept: last 1 of 2', 'kept: the last verified backup of "files"']],
      [true, ['kept: last 2 of 2']],
      [false, ['removed: no rule keeps it']],
      [false, ['removed: no rule keeps it']],
    ]);
  });

  test('the newest of each day, week, month and year, and the oldest while a rule has room [C13]', () => {
    const verdicts = plan(daily(70), { keepDaily: 3, keepWeekly: 2, keepMonthly: 4 });
    const reasons = new Map(verdicts.map((one) => [one.committedAt.slice(0, 10), one.reasons]));
    expect(reasons.get('2026-11-30')).toContain('kept: daily 1 of 3');
    expect(reasons.get('2026-11-30')).toContain('kept: weekly 1 of 2');
    expect(reasons.get('2026-11-29')).toEqual(['kept: daily 2 of 3', 'kept: weekly 2 of 2']);
    expect(reasons.get('2026-11-28')).toEqual(['kept: daily 3 of 3']);
    expect(reasons.get('2026-11-27')).toEqual(['removed: no rule keeps it']);
    expect(reasons.get('2026-10-31')).toEqual(['kept: monthly 2 of 4']);
    expect(reasons.get('2026-09-30')).toEqual(['kept: monthly 3 of 4']);
    expect(reasons.get('2026-09-22')).toEqual(['kept: monthly 4 of 4, as the oldest']);
  });

  test('periods without a backup take no part [C13]', () => {
    const sparse = [backup('2026-11-30T03:00Z'), backup('2026-08-02T03:00Z'), backup('2024-01-01T03:00Z')];
    expect(kept(sparse, { keepDaily: 3 })).toHaveLength(3);
  });

  test('an ISO week lies in the year of its Thursday [C13]', () => {
    const turn = [backup('2027-01-03T10:00Z'), backup('2026-12-28T10:00Z'), backup('2026-12-27T10:00Z')].map(
      (one) => one,
    );
    const verdicts = planRetention(turn, { keepWeekly: 2 }, { now: new Date('2027-02-01T00:00:00Z') });
    expect(verdicts.map(({ keep }) => keep)).toEqual([true, false, true]);
  });

  test('a day begins where the time zone says [C13]', () => {
    const twoInBerlin = [
      backup('2026-11-29T23:30Z'),
      backup('2026-11-29T22:30Z'),
      backup('2026-11-29T12:00Z'),
    ];
    expect(kept(twoInBerlin, { keepDaily: 2 })).toEqual(['2026-11-29T23:30', '2026-11-29T12:00']);
    expect(kept(twoInBerlin, { keepDaily: 2 }, 'Europe/Berlin')).toEqual([
      '2026-11-29T23:30',
      '2026-11-29T22:30',
    ]);
    expect(kept(twoInBerlin, { keepDaily: 2, timeZone: 'Europe/Berlin' }, 'UTC')).toEqual([
      '2026-11-29T23:30',
      '2026-11-29T22:30',
    ]);
  });

  test('an hour that comes twice in autumn is two hours [C13]', () => {
    const night = ['2026-10-25T01:30Z', '2026-10-25T00:30Z', '2026-10-24T20:00Z'].map((at) => backup(at));
    expect(kept(night, { keepHourly: 2 }, 'Europe/Berlin')).toEqual(['2026-10-25T01:30', '2026-10-25T00:30']);
  });

  test('all within a length of time before the newest, not before now [C13]', () => {
    const old = ['2025-03-31T03:00Z', '2025-02-28T03:00Z', '2025-02-27T03:00Z'].map((at) => backup(at));
    expect(kept(old, { keepWithin: '1m' })).toEqual(['2025-03-31T03:00', '2025-02-28T03:00']);
    expect(kept(old, { keepWithin: '36h' })).toEqual(['2025-03-31T03:00']);
  });

  test('nothing goes while the newest is not verified, whatever became of it [C13]', () => {
    for (const state of ['FAILED', 'CANCELLED', 'IN_PROGRESS'] as const) {
      const failed = backup('2026-11-30T09:00Z', { state, verifiedAt: null });
      const verdicts = plan([failed, ...daily(5)], { keepLast: 1 });
      expect(verdicts.filter(({ keep }) => !keep)).toEqual([]);
      expect(verdicts[3]?.reasons).toEqual([`kept: the newest, ${failed.id}, is not verified (${state})`]);
    }
    const damaged = backup('2026-11-30T09:00Z', {
      failedVerification: { id: 'verify-x', at: '2026-11-30T10:00:00.000Z', errorCode: 'archive_damaged' },
    });
    expect(plan([damaged, ...daily(5)], { keepLast: 1 }).every(({ keep }) => keep)).toBe(true);
  });

  test('one held, one locked, and the last verified one of each component stay [C13] [B12]', () => {
    const held = backup('2026-01-01T03:00Z', {
      hold: { reason: 'audit', by: 'ann', at: '2026-02-01T00:00:00.000Z' },
    });
    const locked = backup('2026-01-02T03:00Z', { lockedUntil: '2027-01-01T00:00:00.000Z' });
    const unlocked = backup('2026-01-03T03:00Z', { lockedUntil: '2026-11-01T00:00:00.000Z' });
    const database = backup('2026-01-04T03:00Z', { components: { database: { state: 'SUCCESS' } } });
    const verdicts = plan([held, locked, unlocked, database, ...daily(3)], { keepLast: 1 });
    const of = (one: Candidate) => verdicts.find(({ backupId }) => backupId === one.id)?.reasons;
    expect(of(held)).toEqual(['kept: held by ann: audit']);
    expect(of(locked)).toEqual(['kept: locked until 2027-01-01T00:00:00.000Z']);
    expect(of(unlocked)).toEqual(['removed: no rule keeps it']);
    expect(of(database)).toEqual(['kept: the last verified backup of "database"']);
  });

  test('an imported archive goes by when it came, and pushes no last verified one out [C13]', () => {
    const claimed = backup('2030-01-01T03:00Z', { imported: true, importedAt: '2026-11-29T01:00:00.000Z' });
    const verdicts = plan([claimed, ...daily(3)], { keepLast: 1 });
    expect(verdicts.map(({ backupId }) => backupId).indexOf(claimed.id)).toBe(2);
    expect(verdicts[2]?.reasons).toEqual(['kept: the last verified imported backup of "files"']);
    const newest = { ...claimed, importedAt: '2026-11-30T11:00:00.000Z' };
    expect(plan([newest, ...daily(3)], { keepLast: 1 })[1]?.reasons).toEqual([
      'kept: the last verified backup of "files"',
    ]);
  });

  test('a backup that a clock ahead has dated stays, and counts for nothing [C13]', () => {
    const ahead = backup('2031-01-01T03:00Z');
    const verdicts = plan([ahead, ...daily(3)], { keepLast: 1 });
    expect(verdicts[0]?.reasons[0]).toMatch(/^kept: its time is in the future/);
    expect(verdicts[1]?.reasons).toContain('kept: last 1 of 1');
  });

  test('one that is PARTIAL counts only where the policy says so; one that FAILED never [C13]', () => {
    const partial = backup('2026-11-30T05:00Z', { state: 'PARTIAL' });
    const older = backup('2026-11-29T05:00Z', { state: 'PARTIAL' });
    const failed = backup('2026-11-28T05:00Z', { state: 'FAILED', verifiedAt: null });
    const history = [partial, older, failed, ...daily(3)];
    const reasons = (policy: unknown) =>
      new Map(plan(history, policy).map((one) => [one.backupId, one.reasons.join('; ')]));
    const plain = reasons({ keepLast: 2 });
    expect(plain.get(partial.id)).toMatch(/kept: PARTIAL, and no newer one counts|last verified/);
    expect(plain.get(older.id)).toBe('removed: PARTIAL, which does not count here, and a newer one does');
    expect(plain.get(failed.id)).toBe('removed: FAILED, and older than all that count');
    expect(reasons({ keepLast: 2, countPartial: true }).get(partial.id)).toContain('kept: last 1 of 2');
    expect(reasons({ keepLast: 9 }).get(failed.id)).toBe('kept: FAILED, and not older than all that count');
  });
});

describe('a retention policy', () => {
  test.each([
    [{}, 'would keep nothing'],
    [{ timeZone: 'Europe/Berlin', countPartial: true }, 'would keep nothing'],
    [{ keepLast: 0 }, 'a whole number from 1'],
    [{ keepLast: 1.5 }, 'a whole number from 1'],
    [{ keepWithin: '0d' }, 'keepWithin is a length of time'],
    [{ keepWithin: '' }, 'keepWithin is a length of time'],
    [{ keepWithin: '3d1y' }, 'keepWithin is a length of time'],
    [{ keepLast: 1, timeZone: 'Berlin' }, 'IANA'],
    [{ keepLats: 1 }, 'keepLats'],
  ])('%j is refused [C13]', (policy, said) => {
    const parsed = retentionSchema.safeParse(policy);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.message).toContain(said);
  });
});
