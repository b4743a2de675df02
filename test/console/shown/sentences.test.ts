/** German translations of the API's sentences: every sentence of retention and schedules has one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { speak } from '../../../lib/console/words/language.ts';
import { translatedSentence } from '../../../lib/console/words/sentences.ts';
import { type Candidate, planRetention } from '../../../lib/model/retention/plan.ts';
import { retentionSchema } from '../../../lib/model/retention/policy.ts';
import { scheduleNotes } from '../../../lib/model/schedules/schedule-warnings.ts';

const NOW = new Date('2026-11-30T12:00:00.000Z');
const HOUR = 3_600_000;

const backup = (daysAgo: number, fields: Partial<Candidate> = {}): Candidate => {
  const createdAt = new Date(NOW.getTime() - daysAgo * 24 * HOUR).toISOString();
  return {
    id: `b-${daysAgo}`,
    state: 'SUCCESS',
    createdAt,
    imported: false,
    verifiedAt: createdAt,
    progress: { updatedAt: createdAt },
    components: { files: { state: 'SUCCESS' } },
    ...fields,
  } as Candidate;
};
const part = { state: 'PARTIAL', components: { files: { state: 'PARTIAL' } } } as const;

/** A history in which every case occurs at least once. */
const history: readonly Candidate[] = [
  backup(0.1, { state: 'IN_PROGRESS', verifiedAt: null }),
  backup(0.2, { ...part }),
  backup(0.3, { state: 'FAILED', verifiedAt: null }),
  backup(1),
  backup(1.1),
  backup(2, { hold: { by: 'ann: of north', reason: 'wanted\nfor long', at: NOW.toISOString() } }),
  backup(3, { lockedUntil: '2027-01-01T00:00:00.000Z' }),
  backup(4, { imported: true, importedAt: new Date(NOW.getTime() - 96 * HOUR).toISOString() } as never),
  backup(5, { ...part, components: { other: { state: 'PARTIAL' } } } as never),
  backup(6, { removal: { by: 'ben', reason: 'old', at: NOW.toISOString(), byRetention: false } }),
  backup(7, { ...part }),
  backup(40),
  backup(50, { state: 'CANCELLED', verifiedAt: null }),
  backup(60, { replacedBy: 'b-1' }),
];
const policies = [
  { keepLast: 1 },
  { keepLast: 1, keepHourly: 1, keepDaily: 2, keepWeekly: 3, keepMonthly: 12, keepYearly: 2 },
  { keepWithin: '3d' },
];

beforeAll(() => speak('de'));
afterAll(() => speak('en'));

test('each reason of retention has its German sentence [U10] [C13]', () => {
  const reasons = policies.flatMap((policy) =>
    // While the newest backup is not verified, nothing is removed; so a second history starts with a verified
    // one.
    [history, history.slice(3)].flatMap((backups) =>
      planRetention(backups, retentionSchema.parse(policy), { now: NOW }).flatMap((one) => one.reasons),
    ),
  );
  const bare = [...new Set(reasons.map((one) => one.replace(/^(kept|removed): /, '')))];
  expect(bare.filter((one) => translatedSentence(one).lang === 'en')).toEqual([]);
  const german = bare.map((one) => translatedSentence(one).text);
  // Checks that the history really contains these cases.
  for (const expected of [
    'Letzte: 1 von 1',
    'weniger als 3d vor der neuesten',
    'die letzte geprüfte Sicherung von „files“',
    'die letzte geprüfte eingelesene Sicherung von „files“',
    'festgehalten von ann: of north: wanted\nfor long',
    'sie läuft noch',
    'gewünscht von ben',
    'keine Regel behält sie',
  ])
    expect(german).toContain(expected);
  for (const expected of [
    /^gesperrt bis 2027-/,
    /, als älteste$/,
    /zum Teil$/,
    /^teilweise, was hier/,
    /^überschrieben, und älter/,
  ])
    expect(german.filter((one) => expected.test(one))).not.toEqual([]);
});

test('each note of a schedule on changed clocks has its German sentence; what is not known stays English, and is marked [U10]', () => {
  const notes = scheduleNotes({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' } as never, NOW);
  expect(notes).toHaveLength(2);
  for (const note of notes)
    expect(translatedSentence(note)).toEqual({ text: expect.stringMatching(/^am 2027-.*Er läuft/) });
  expect(translatedSentence('something new')).toEqual({ text: 'something new', lang: 'en' });
  speak('en');
  expect(translatedSentence('no rule keeps it')).toEqual({ text: 'no rule keeps it' });
  speak('de');
});
