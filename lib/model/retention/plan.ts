/**
 * Which backups of one group stay, which go, and why: a pure function of the backups and of the time. It can be called
 * at any time and any number of times: deleting the backups that it names does not change its next answer about the
 * others.
 */
import { isAheadOf } from '../clock-skew.ts';
import type { BackupRecord } from '../records/backup.ts';
import { type Periods, periodsIn } from './periods.ts';
import { before, type PeriodRule, periodRules, type RetentionPolicy } from './policy.ts';

/** What a plan reads of a backup's record. */
export type Candidate = Pick<
  BackupRecord,
  | 'id'
  | 'state'
  | 'createdAt'
  | 'importedAt'
  | 'imported'
  | 'verifiedAt'
  | 'failedVerification'
  | 'replacedBy'
  | 'hold'
  | 'lockedUntil'
  | 'removal'
  | 'progress'
> & {
  readonly components: Readonly<Record<string, Pick<BackupRecord['components'][string], 'state'>>>;
};

export interface Verdict {
  readonly backupId: string;
  /** By this installation's clock: when it began the backup, or imported it. RFC 3339. */
  readonly committedAt: string;
  readonly keep: boolean;
  /** At least one, such as `kept: daily 3 of 7` or `removed: no rule keeps it`. */
  readonly reasons: readonly string[];
}

/** The time that retention uses: this installation's own, never what an archive from elsewhere says. */
export const committedAt = ({ imported, createdAt, importedAt, progress }: Candidate): string =>
  imported ? (importedAt ?? progress.updatedAt) : createdAt;

const hasArchive = ({ state, replacedBy }: Candidate): boolean =>
  (state === 'SUCCESS' || state === 'PARTIAL') && replacedBy === undefined;

/** Whether it was read back whole, and no later check found it damaged. */
export const isVerified = (backup: Candidate): boolean =>
  hasArchive(backup) && backup.verifiedAt !== null && backup.failedVerification === undefined;

/** Whether somebody asked for its deletion by name: then it does not count, and retention does not decide about it. */
const isGivenUp = ({ removal }: Candidate): boolean => removal !== undefined && !removal.byRetention;

/** Plans one group: a schedule's or a label's backups. The newest comes first. */
export const planRetention = (
  candidates: readonly Candidate[],
  policy: RetentionPolicy,
  { now, timeZone = 'UTC' }: { readonly now: Date; readonly timeZone?: string },
): Verdict[] => {
  const reasons = new Map<Candidate, string[]>();
  const say = (backup: Candidate, reason: string): void => {
    reasons.set(backup, [...(reasons.get(backup) ?? []), reason]);
  };
  const sorted = candidates.toSorted(newestFirst);
  const isAhead = (backup: Candidate): boolean => isAheadOf(committedAt(backup), now.getTime());
  const right = sorted.filter((backup) => !isAhead(backup));
  const counted = right.filter((backup) => counts(backup, policy));
  const periods = periodsIn(policy.timeZone ?? timeZone);
  for (const backup of sorted)
    if (isAhead(backup) && !isGivenUp(backup))
      say(backup, 'kept: its time is in the future, so a clock was wrong; delete it by hand');
  keepByCount(counted, policy, say);
  keepByPeriods(counted, policy, periods, say);
  keepWithin(counted, policy, say);
  keepLastVerified(right, say);
  for (const backup of sorted) keepForItsOwnSake(backup, now, say);
  const open = right.filter((backup) => !isGivenUp(backup));
  const oldestKept = counted.findLast((backup) => reasons.has(backup));
  for (const backup of open.filter((one) => !reasons.has(one))) {
    const [newest] = open;
    if (newest !== undefined && !isVerified(newest))
      say(backup, `kept: the newest, ${newest.id}, is not verified (${newest.state})`);
    else if (!counts(backup, policy)) keepWhatCountsNot(backup, counted[0], oldestKept, say);
  }
  return sorted.map((backup) => {
    const kept = reasons.get(backup);
    return {
      backupId: backup.id,
      committedAt: committedAt(backup),
      keep: kept !== undefined,
      reasons: kept ?? [whyRemoved(backup, policy)],
    };
  });
};

type Say = (backup: Candidate, reason: string) => void;

const newestFirst = (a: Candidate, b: Candidate): number =>
  Date.parse(committedAt(b)) - Date.parse(committedAt(a)) || (a.id < b.id ? 1 : -1);

const counts = (backup: Candidate, { countPartial = false }: RetentionPolicy): boolean =>
  hasArchive(backup) && !isGivenUp(backup) && (backup.state === 'SUCCESS' || countPartial);

const keepByCount = (counted: readonly Candidate[], { keepLast = 0 }: RetentionPolicy, say: Say): void => {
  for (const [index, backup] of counted.slice(0, keepLast).entries())
    say(backup, `kept: last ${index + 1} of ${keepLast}`);
};

/**
 * Periods without a backup do not count. While a rule has periods left, the oldest backup of all is kept for it, too,
 * so that a short history grows to its full length.
 */
const keepByPeriods = (
  counted: readonly Candidate[],
  policy: RetentionPolicy,
  periodsOf: (instant: Date) => Periods,
  say: Say,
): void => {
  const named = counted.map((backup) => [backup, periodsOf(new Date(committedAt(backup)))] as const);
  const oldest = counted.at(-1);
  for (const [rule, name] of Object.entries(periodRules) as [PeriodRule, string][]) {
    const most = policy[rule] ?? 0;
    let kept = 0;
    let last: string | undefined;
    for (const [backup, periods] of named) {
      if (kept === most) break;
      const isNew = periods[rule] !== last;
      if (!isNew && backup !== oldest) continue;
      last = periods[rule];
      kept += 1;
      say(backup, `kept: ${name} ${kept} of ${most}${isNew ? '' : ', as the oldest'}`);
    }
  }
};

const keepWithin = (
  counted: readonly Candidate[],
  { keepWithin: within }: RetentionPolicy,
  say: Say,
): void => {
  const [newest] = counted;
  if (within === undefined || newest === undefined) return;
  const since = before(new Date(committedAt(newest)), within).getTime();
  for (const backup of counted)
    if (Date.parse(committedAt(backup)) >= since) say(backup, `kept: within ${within} of the newest`);
};

/**
 * Keeps of each component the last verified backup, and the last verified one that is complete. Imported backups are
 * counted separately: a person who may import must not be able to push out the backups made here.
 */
const keepLastVerified = (right: readonly Candidate[], say: Say): void => {
  const seen = new Set<string>();
  for (const backup of right) {
    if (!isVerified(backup) || isGivenUp(backup)) continue;
    const origin = backup.imported ? 'imported ' : '';
    for (const [id, { state }] of Object.entries(backup.components)) {
      if (state !== 'SUCCESS' && state !== 'PARTIAL') continue;
      const [any, whole] = [`${origin}${id}`, `${origin}${id} whole`];
      if (seen.has(state === 'SUCCESS' ? whole : any)) continue;
      seen.add(any);
      if (state === 'SUCCESS') seen.add(whole);
      say(
        backup,
        `kept: the last verified ${origin}backup of "${id}"${state === 'SUCCESS' ? '' : ', in part'}`,
      );
    }
  }
};

const keepForItsOwnSake = (backup: Candidate, now: Date, say: Say): void => {
  const { hold, lockedUntil, state } = backup;
  if (hold !== undefined) say(backup, `kept: held by ${hold.by}: ${hold.reason}`);
  if (lockedUntil !== undefined && Date.parse(lockedUntil) > now.getTime())
    say(backup, `kept: locked until ${lockedUntil}`);
  if (state === 'IN_PROGRESS') say(backup, 'kept: it is running');
};

/**
 * A PARTIAL backup is not needed once a newer one counts. A backup without an archive takes no room: its record stays,
 * to tell what happened, as long as backups of that age do.
 */
const keepWhatCountsNot = (
  backup: Candidate,
  newestCounted: Candidate | undefined,
  oldestKept: Candidate | undefined,
  say: Say,
): void => {
  const isOlderThan = (other: Candidate | undefined): boolean =>
    other !== undefined && newestFirst(backup, other) > 0;
  if (hasArchive(backup)) {
    if (!isOlderThan(newestCounted)) say(backup, `kept: ${backup.state}, and no newer one counts`);
  } else if (!isOlderThan(oldestKept))
    say(backup, `kept: ${endOf(backup)}, and not older than all that count`);
};

const endOf = ({ state, replacedBy }: Candidate): string =>
  replacedBy === undefined ? state : 'overwritten';

const whyRemoved = (backup: Candidate, policy: RetentionPolicy): string => {
  if (isGivenUp(backup)) return `removed: asked for by ${backup.removal?.by ?? 'somebody'}`;
  if (counts(backup, policy)) return 'removed: no rule keeps it';
  return hasArchive(backup)
    ? `removed: ${backup.state}, which does not count here, and a newer one does`
    : `removed: ${endOf(backup)}, and older than all that count`;
};
