/**
 * Applies retention: marks backups that no rule keeps, unmarks those that a rule keeps again, and deletes those that
 * have been marked long enough. It may stop at any line: the next run plans anew, from the backups of that time.
 */
import { createHash } from 'node:crypto';
import { isAheadOf } from '../../model/clock-skew.ts';
import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { RetentionState } from '../../model/records/retention.ts';
import { planRetention } from '../../model/retention/plan.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { deletionTime } from '../stored/later-deletion.ts';
import { commitUnlessTaken } from '../task/fresh-commit.ts';
import { groupsWithPolicy, isOfGroup, type RetentionGroup, schedulesApart } from './groups.ts';
import { deleteMarked, mark, type Unkept, unmark } from './marks.ts';

const HOUR_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS;
/**
 * The longest normal time between two runs, of which there is one a day at least. After a longer gap, the machine was
 * off or the clock jumped.
 */
const LONGEST_GAP_MILLISECONDS = 26 * HOUR_MILLISECONDS;
/** Backups of one run: a function on AWS has a few minutes. The next sweep continues. */
const MOST_MARKS = 200;
const MOST_DELETIONS = 50;

/**
 * Applies the policies when there is a reason to: an operation has ended since, a policy has changed, a deletion is due,
 * or a day has passed.
 */
export const applyRetention = async (host: Host): Promise<void> => {
  const found = await host.catalog.get('retention', 'state');
  const { holder, last } = await host.catalog.lock();
  const groups = await groupsWithPolicy(host);
  const now = host.clock.now();
  const policies = digestOf(groups);
  const isIdle = holder === undefined;
  const lastOperationId = isIdle ? (last?.id ?? null) : (found?.record.lastOperationId ?? null);
  if (!isDue(found?.record, { now, policies, lastOperationId, hasGroups: groups.length > 0 })) return;
  const steadySince = steadyFrom(found?.record, now);
  const isSteady = now.getTime() - Date.parse(steadySince) >= DAY_MILLISECONDS;
  const todo = await lookAtAll(host, groups, now);
  const failures: unknown[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      failures.push(thrown);
    }
  };
  for (const record of todo.unmark) await attempt(() => unmark(host, record));
  for (const one of todo.mark.slice(0, MOST_MARKS)) await attempt(() => mark(host, one));
  // While an operation runs, nothing is deleted: a verification may be about to find that a backup to keep is damaged.
  if (isIdle && isSteady)
    for (const record of todo.due.slice(0, MOST_DELETIONS))
      await attempt(() => deleteMarked(host, record, now));
  if (failures.length > 0)
    throw new HoldfastError(
      'unavailable',
      `retention could not be applied to ${failures.length} backups; the first: ${shortErrorOf(failures[0])}`,
      { cause: failures[0] },
    );
  const isWhole = todo.mark.length <= MOST_MARKS && todo.due.length <= MOST_DELETIONS;
  const state: RetentionState = {
    id: 'state',
    appliedAt: now.toISOString(),
    lastOperationId: isWhole ? lastOperationId : null,
    policies: isWhole ? policies : '',
    nextDeletionAt: nextDeletion(todo, host, { isSteady, steadySince }),
    steadySince,
  };
  // Another sweep, or a person who marked a backup, may have written the state first: then the next sweep looks again.
  await commitUnlessTaken(host.catalog, [put('retention', state, found?.version ?? 'absent')]);
};

const digestOf = (groups: readonly RetentionGroup[]): string =>
  createHash('sha256').update(JSON.stringify(groups)).digest('hex');

interface Now {
  readonly now: Date;
  readonly policies: string;
  readonly lastOperationId: string | null;
  readonly hasGroups: boolean;
}

const isDue = (
  state: RetentionState | undefined,
  { now, policies, lastOperationId, hasGroups }: Now,
): boolean => {
  if (state === undefined || isAheadOf(state.appliedAt, now.getTime())) return true;
  if (state.policies !== policies) return true;
  if (state.nextDeletionAt !== null && Date.parse(state.nextDeletionAt) <= now.getTime()) return true;
  // Without a policy, only backups that somebody marked by name can be due.
  if (!hasGroups) return false;
  return (
    state.lastOperationId !== lastOperationId ||
    now.getTime() - Date.parse(state.appliedAt) >= DAY_MILLISECONDS
  );
};

/** Since when the clock is steady. A clock that jumps must not shorten the time in which a deletion can be undone. */
const steadyFrom = (state: RetentionState | undefined, now: Date): string => {
  if (state === undefined) return now.toISOString();
  const gap = now.getTime() - Date.parse(state.appliedAt);
  return isAheadOf(state.appliedAt, now.getTime()) || gap > LONGEST_GAP_MILLISECONDS
    ? now.toISOString()
    : state.steadySince;
};

interface Todo {
  readonly mark: Unkept[];
  readonly unmark: BackupRecord[];
  readonly due: BackupRecord[];
  /** The dates of backups that are marked and not yet due. */
  readonly waiting: string[];
}

const lookAtAll = async (host: Host, groups: readonly RetentionGroup[], now: Date): Promise<Todo> => {
  const apart = schedulesApart(groups);
  const members = groups.map((group) => ({ group, records: [] as BackupRecord[] }));
  const todo: Todo = { mark: [], unmark: [], due: [], waiting: [] };
  for await (const record of everyRecord(host, 'backup')) {
    const own = members.find(({ group }) => isOfGroup(group, record, apart));
    if (own !== undefined) own.records.push(record);
    // Its policy no longer exists: everything that it would have removed stays.
    else if (record.removal?.byRetention === true) todo.unmark.push(record);
    else if (record.removal !== undefined) sortByDate(record, now, todo);
  }
  for (const { group, records } of members) {
    if (group.policy === undefined) continue;
    const verdicts = planRetention(records, group.policy, { now, timeZone: group.timeZone });
    const byId = new Map(records.map((record) => [record.id, record]));
    for (const verdict of verdicts) {
      const record = byId.get(verdict.backupId);
      if (record === undefined) continue;
      if (record.removal === undefined) {
        if (!verdict.keep) todo.mark.push({ verdict, record });
      } else if (verdict.keep && record.removal.byRetention) todo.unmark.push(record);
      else if (!verdict.keep) sortByDate(record, now, todo);
    }
  }
  return todo;
};

const sortByDate = (record: BackupRecord, now: Date, todo: Todo): void => {
  const { deleteAfter, removal } = record;
  // Marked while a clock was ahead: its date would come years late. It is marked anew.
  if (removal?.byRetention === true && isAheadOf(removal.at, now.getTime())) todo.unmark.push(record);
  else if (deleteAfter !== undefined && Date.parse(deleteAfter) <= now.getTime()) todo.due.push(record);
  else if (deleteAfter !== undefined) todo.waiting.push(deleteAfter);
};

const nextDeletion = (
  { mark: marked, waiting, due }: Todo,
  host: Host,
  { isSteady, steadySince }: { isSteady: boolean; steadySince: string },
): string | null => {
  const dates = [...waiting, ...(marked.length > 0 ? [deletionTime(host)] : [])];
  // A due deletion that failed is tried again in an hour; one that waits for a steady clock, when the clock counts as
  // steady.
  if (due.length > 0)
    dates.push(
      isSteady
        ? new Date(host.clock.now().getTime() + HOUR_MILLISECONDS).toISOString()
        : new Date(Date.parse(steadySince) + DAY_MILLISECONDS).toISOString(),
    );
  return dates.toSorted()[0] ?? null;
};
