/**
 * Retention at work: marks what no rule keeps, takes the mark from what a rule keeps again, and deletes what has been
 * marked long enough. It may stop at any line: the next time it plans anew, from what is there then.
 */
import { createHash } from 'node:crypto';
import { isAheadOf } from '../../model/clock-skew.ts';
import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { RetentionState } from '../../model/records/retention.ts';
import { planRetention, type Verdict } from '../../model/retention/plan.ts';
import { put } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { hasArchive } from '../stored/backup-readiness.ts';
import { deleteBackup } from '../stored/delete-backup.ts';
import { deletionTime } from '../stored/later-deletion.ts';
import { commitUnlessTaken } from '../task/fresh-commit.ts';
import { changeRecord } from '../task/operation-record.ts';
import { tell } from '../task/tell.ts';
import { tellOnce, today } from '../task/tell-once.ts';
import { groupsWithPolicy, isOfGroup, type RetentionGroup, schedulesApart } from './groups.ts';

const HOUR_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS;
/** It runs once a day at least: a longer gap is a machine that was off, or a clock that leapt. */
const LONGEST_GAP_MILLISECONDS = 26 * HOUR_MILLISECONDS;
/** So many at a time: a function on AWS has a few minutes. The next sweep goes on. */
const MOST_MARKS = 200;
const MOST_DELETIONS = 50;

const BY = 'retention';

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
  for (const id of todo.unmark) await attempt(() => unmark(host, id));
  for (const verdict of todo.mark.slice(0, MOST_MARKS)) await attempt(() => mark(host, verdict));
  // While an operation runs, a verification may be about to find that what would stay is damaged.
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
  // Another sweep, or somebody who marked a backup, may have come between: then the next sweep looks again.
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
  // Without a policy, all that can be due is what somebody marked by name.
  if (!hasGroups) return false;
  return (
    state.lastOperationId !== lastOperationId ||
    now.getTime() - Date.parse(state.appliedAt) >= DAY_MILLISECONDS
  );
};

/** A clock that leaps must not take the time away in which a deletion can be taken back. */
const steadyFrom = (state: RetentionState | undefined, now: Date): string => {
  if (state === undefined) return now.toISOString();
  const gap = now.getTime() - Date.parse(state.appliedAt);
  return isAheadOf(state.appliedAt, now.getTime()) || gap > LONGEST_GAP_MILLISECONDS
    ? now.toISOString()
    : state.steadySince;
};

interface Todo {
  readonly mark: Verdict[];
  /** Ids. */
  readonly unmark: string[];
  readonly due: BackupRecord[];
  /** The dates of those that are marked, and not due. */
  readonly waiting: string[];
}

const lookAtAll = async (host: Host, groups: readonly RetentionGroup[], now: Date): Promise<Todo> => {
  const apart = schedulesApart(groups);
  const members = groups.map((group) => ({ group, records: [] as BackupRecord[] }));
  const todo: Todo = { mark: [], unmark: [], due: [], waiting: [] };
  for await (const record of everyRecord(host, 'backup')) {
    const own = members.find(({ group }) => isOfGroup(group, record, apart));
    if (own !== undefined) own.records.push(record);
    // Its policy is no more: all that it would have removed stays.
    else if (record.removal?.byRetention === true) todo.unmark.push(record.id);
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
        if (!verdict.keep) todo.mark.push(verdict);
      } else if (verdict.keep && record.removal.byRetention) todo.unmark.push(record.id);
      else if (!verdict.keep) sortByDate(record, now, todo);
    }
  }
  return todo;
};

const sortByDate = (record: BackupRecord, now: Date, todo: Todo): void => {
  const { id, deleteAfter, removal } = record;
  // Marked while a clock was ahead: its date would come years late. It is marked anew.
  if (removal?.byRetention === true && isAheadOf(removal.at, now.getTime())) todo.unmark.push(id);
  else if (deleteAfter !== undefined && Date.parse(deleteAfter) <= now.getTime()) todo.due.push(record);
  else if (deleteAfter !== undefined) todo.waiting.push(deleteAfter);
};

/** Told once: with the mark, in one transaction. What has no archive goes without a word. */
const mark = async (host: Host, { backupId, reasons }: Verdict): Promise<void> => {
  const deleteAfter = deletionTime(host);
  const reason = reasons.join('; ');
  await changeIfThere(host, backupId, (record) => {
    if (record.removal !== undefined || record.hold !== undefined) return undefined;
    const removal = { at: timestamp(host.clock), by: BY, reason, byRetention: true };
    return { ...record, deleteAfter, removal };
  });
};

const unmark = (host: Host, id: string): Promise<void> =>
  changeIfThere(host, id, ({ deleteAfter: _, ...record }) => {
    if (record.removal?.byRetention !== true) return undefined;
    const { removal: __, ...kept } = record;
    return kept;
  });

/** Not for one that is gone, or that is no longer as it was when the plan was made: undefined says so. */
const changeIfThere = async (
  host: Host,
  id: string,
  change: (record: BackupRecord) => BackupRecord | undefined,
): Promise<void> => {
  try {
    await changeRecord(
      host,
      'backup',
      id,
      (record) => {
        const changed = change(record);
        if (changed === undefined) throw new AsItShouldBe();
        return changed;
      },
      { alongside: (record) => (record.removal === undefined ? [] : tellOfMark(host, record)) },
    );
  } catch (thrown) {
    if (thrown instanceof AsItShouldBe) return;
    if (thrown instanceof HoldfastError && thrown.code === 'not_found') return;
    throw thrown;
  }
};

class AsItShouldBe extends Error {}

const tellOfMark = (host: Host, record: BackupRecord) => {
  const { id, deleteAfter, removal } = record;
  if (!hasArchive(record) || deleteAfter === undefined || removal === undefined) return [];
  return [
    tell(host, {
      type: 'retention.about-to-remove',
      title: `backup ${id} is to be deleted on ${deleteAfter.slice(0, 10)}`,
      backupId: id,
      ...(record.scheduleId !== null && { scheduleId: record.scheduleId }),
      ...(record.scope === 'domain' && { domain: record.domain }),
      by: removal.by,
      lines: [`made ${record.createdAt}, deleted after ${deleteAfter}`, removal.reason],
      nextSteps: [
        'To keep it:',
        `  holdfast backup undelete ${id}`,
        'To see what the rules keep, and why:',
        `  holdfast retention plan ${record.scheduleId === null ? `--label ${record.label}` : `--schedule ${record.scheduleId}`}`,
      ],
    }),
  ];
};

/** The record is asked once more: somebody may have held it, or marked it anew. */
const deleteMarked = async (host: Host, due: BackupRecord, now: Date): Promise<void> => {
  const { id } = due;
  try {
    const isStillDue = ({ deleteAfter, removal }: BackupRecord): boolean =>
      removal !== undefined && deleteAfter !== undefined && Date.parse(deleteAfter) <= now.getTime();
    const told = tell(host, {
      type: 'retention.removed',
      title: `backup ${id} was deleted`,
      backupId: id,
      ...(due.scope === 'domain' && { domain: due.domain }),
      by: BY,
      lines: ['It had been marked to be deleted, and its time was over.'],
    });
    await deleteBackup(host, id, { onlyIf: isStillDue, alongside: [told] });
  } catch (thrown) {
    // Held, worked on, or gone meanwhile.
    if (!(thrown instanceof HoldfastError && COMES_RIGHT.has(thrown.code))) {
      await tellOfRefusal(host, due, thrown);
      throw thrown;
    }
    host.log.info(`a backup is not deleted yet: ${thrown.message}`, { backupId: id });
  }
};

/** Once a day for each backup: the place does not let go of it, say. */
const tellOfRefusal = (host: Host, { id, scope, domain }: BackupRecord, thrown: unknown): Promise<void> =>
  tellOnce(host, `${id} ${today(host)}`, {
    type: 'retention.refused',
    title: `backup ${id} could not be deleted`,
    backupId: id,
    ...(scope === 'domain' && { domain }),
    by: BY,
    shortError: shortErrorOf(thrown),
    lines: ['Its time is over; the next sweep tries again.'],
  });

const COMES_RIGHT: ReadonlySet<string> = new Set([
  'backup_held',
  'operation_running',
  'not_found',
  'conflict',
]);

const nextDeletion = (
  { mark: marked, waiting, due }: Todo,
  host: Host,
  { isSteady, steadySince }: { isSteady: boolean; steadySince: string },
): string | null => {
  const dates = [...waiting, ...(marked.length > 0 ? [deletionTime(host)] : [])];
  // What was due and could not go is tried again in an hour; what waits for a steady clock, then.
  if (due.length > 0)
    dates.push(
      isSteady
        ? new Date(host.clock.now().getTime() + HOUR_MILLISECONDS).toISOString()
        : new Date(Date.parse(steadySince) + DAY_MILLISECONDS).toISOString(),
    );
  return dates.toSorted()[0] ?? null;
};
