/** Checks the promises of retention on ten thousand generated histories. */
import { test } from '@jest/globals';
import fc from 'fast-check';
import { isAheadOf } from '../../lib/model/clock-skew.ts';
import { type Candidate, committedAt, isVerified, planRetention } from '../../lib/model/retention/plan.ts';
import { type RetentionPolicy, retentionSchema } from '../../lib/model/retention/policy.ts';
import { testSeed } from '../random-pieces.ts';

const seed = testSeed();
console.log(`retention-promises: SEED=${seed}`);

const NOW = new Date('2026-11-30T12:00:00.000Z');
const HOUR = 3_600_000;
const at = (hoursAgo: number): string => new Date(NOW.getTime() - hoursAgo * HOUR).toISOString();

/** Some backups lie within one hour, some years apart, a few in the future. */
const hoursAgo = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 24 * 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 24 * 365 * 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: -24 * 400, max: -1 }) },
);
const componentState = fc.constantFrom(
  'SUCCESS' as const,
  'SUCCESS' as const,
  'PARTIAL' as const,
  'FAILED' as const,
);
const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 8 });

const candidate: fc.Arbitrary<Candidate> = fc
  .record({
    id: fc.uuid().map((uuid) => `nightly-${uuid}`),
    state: fc.constantFrom(
      ...([
        'SUCCESS',
        'SUCCESS',
        'SUCCESS',
        'SUCCESS',
        'PARTIAL',
        'FAILED',
        'CANCELLED',
        'IN_PROGRESS',
      ] as const),
    ),
    created: hoursAgo,
    came: hoursAgo,
    imported: fc.constantFrom(false, false, false, true),
    verified: fc.constantFrom(true, true, true, false),
    damaged: rarely(fc.constant(true)),
    replaced: rarely(fc.constant(true)),
    hold: rarely(fc.constant({ reason: 'wanted', by: 'ann', at: at(1) })),
    locked: rarely(fc.integer({ min: -100, max: 100 })),
    removal: rarely(fc.boolean()),
    components: fc.dictionary(
      fc.constantFrom('files', 'database', 'bucket'),
      fc.record({ state: componentState }),
      {
        minKeys: 1,
      },
    ),
  })
  .map(
    ({
      id,
      state,
      created,
      came,
      imported,
      verified,
      damaged,
      replaced,
      hold,
      locked,
      removal,
      components,
    }) => {
      const ended = state === 'SUCCESS' || state === 'PARTIAL';
      return {
        id,
        state,
        createdAt: at(created),
        imported: imported && ended,
        ...(imported && { importedAt: at(came) }),
        verifiedAt: ended && verified ? at(created) : null,
        ...(damaged && { failedVerification: { id, at: at(0), errorCode: 'archive_damaged' } }),
        ...(replaced && { replacedBy: id }),
        ...(hold && { hold }),
        ...(locked !== undefined && { lockedUntil: at(locked) }),
        ...(removal !== undefined &&
          ended && { removal: { at: at(1), by: 'bob', reason: 'by hand', byRetention: removal } }),
        progress: {
          ...{ step: 'done', sourceBytes: 0, entries: 0, expectedBytes: null, cancelledBy: null },
          updatedAt: at(created),
        },
        components,
      };
    },
  );

const count = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
const policy: fc.Arbitrary<RetentionPolicy> = fc
  .record({
    ...{ keepLast: count, keepHourly: count, keepDaily: count, keepWeekly: count },
    ...{ keepMonthly: count, keepYearly: count },
    keepWithin: fc.option(fc.constantFrom('1h', '36h', '7d', '3w', '2m', '1y6m'), { nil: undefined }),
    timeZone: fc.option(fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC'), {
      nil: undefined,
    }),
    countPartial: fc.option(fc.boolean(), { nil: undefined }),
  })
  .filter((rules) => retentionSchema.safeParse(rules).success);

const isAhead = (one: Candidate): boolean => isAheadOf(committedAt(one), NOW.getTime());
const isGivenUp = ({ removal }: Candidate): boolean => removal?.byRetention === false;
const byRule = /^kept: (last|hourly|daily|weekly|monthly|yearly|within) /;

const promise = (what: string, holds: boolean): void => {
  if (!holds) throw new Error(`a promise is broken: ${what}`);
};

test('retention keeps what it promises in ten thousand histories [C13] [B12]', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(candidate, { maxLength: 24, selector: ({ id }) => id }),
      policy,
      (history, rules) => {
        const verdicts = planRetention(history, rules, { now: NOW });
        const of = new Map(history.map((one) => [one.id, one]));
        const look = verdicts.map((verdict) => {
          const backup = of.get(verdict.backupId);
          if (backup === undefined) throw new Error('a verdict of nothing');
          return { ...verdict, backup };
        });
        // One verdict for each backup, the newest first, each with its reasons.
        promise('one verdict each', verdicts.length === history.length && of.size === history.length);
        promise('each once', new Set(verdicts.map(({ backupId }) => backupId)).size === of.size);
        for (const { keep, reasons } of verdicts)
          promise(
            'reasons',
            reasons.length > 0 && reasons.every((one) => one.startsWith(keep ? 'kept: ' : 'removed: ')),
          );
        const times = verdicts.map((one) => Date.parse(one.committedAt));
        promise(
          'newest first',
          times.every((time, index) => index === 0 || time <= (times[index - 1] ?? 0)),
        );

        const gone = look.filter(({ keep }) => !keep);
        for (const { backup } of gone) {
          promise('held', backup.hold === undefined);
          promise('locked', !(Date.parse(backup.lockedUntil ?? at(1)) > NOW.getTime()));
          promise('running', backup.state !== 'IN_PROGRESS');
          promise('ahead', !isAhead(backup) || isGivenUp(backup));
        }
        // The last verified backup of each component is kept, separately for local and for imported backups.
        const open = look.filter(({ backup }) => !isAhead(backup) && !isGivenUp(backup));
        for (const imported of [true, false])
          for (const id of ['files', 'database', 'bucket'])
            for (const enough of [['SUCCESS'], ['SUCCESS', 'PARTIAL']]) {
              const last = open.find(
                ({ backup }) =>
                  backup.imported === imported &&
                  isVerified(backup) &&
                  enough.includes(backup.components[id]?.state ?? 'none'),
              );
              promise('the last verified one', last?.keep ?? true);
            }
        // While the newest backup is not verified, only backups that a person named are removed.
        const [newest] = open;
        promise(
          'the newest is verified',
          newest === undefined || isVerified(newest.backup) || gone.every(({ backup }) => isGivenUp(backup)),
        );
        // Failed and overwritten backups count for no rule, nor do PARTIAL ones unless `countPartial` is set.
        const counts = (backup: Candidate): boolean =>
          backup.replacedBy === undefined &&
          (backup.state === 'SUCCESS' || (backup.state === 'PARTIAL' && rules.countPartial === true));
        for (const { backup, reasons } of look)
          if (!counts(backup) || isGivenUp(backup) || isAhead(backup))
            promise('counts for nothing', !reasons.some((reason) => byRule.test(reason)));
        // Keeps the newest backup of each of the last N days in UTC; the test counts them in another way.
        const counted = open.filter(({ backup }) => counts(backup));
        if (rules.timeZone === 'UTC' && rules.keepDaily !== undefined) {
          const days = new Map<string, boolean>();
          for (const { backup, keep } of counted) {
            const day = committedAt(backup).slice(0, 10);
            if (!days.has(day)) days.set(day, keep);
          }
          promise('days', [...days.values()].slice(0, rules.keepDaily).every(Boolean));
        }
        promise(
          'the last',
          counted.slice(0, rules.keepLast ?? 0).every(({ keep }) => keep),
        );
        // Tombstones do not change the plan; after the planned backups are gone, no further ones are removed.
        const marked = look.map(({ backup, keep }) =>
          keep || isGivenUp(backup)
            ? backup
            : { ...backup, removal: { at: at(0), by: 'retention', reason: '', byRetention: true } },
        );
        const again = planRetention(marked, rules, { now: NOW });
        promise('tombstones', JSON.stringify(again) === JSON.stringify(verdicts));
        const left = look.filter(({ keep }) => keep).map(({ backup }) => backup);
        promise(
          'an end',
          planRetention(left, rules, { now: NOW }).every(({ keep }) => keep),
        );
      },
    ),
    { seed, numRuns: 10_000 },
  );
}, 300_000);
