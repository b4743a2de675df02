/**
 * The state of an installation in numbers that an alarm can watch. For hosts that are not one process: there, nothing
 * else would notice a problem.
 */

import { isAheadOf } from '../../model/clock-skew.ts';
import { DEFAULT_LABEL } from '../../model/ids.ts';
import { DueTimes } from '../../model/schedules/due-times.ts';
import { isActive, type Schedule } from '../../model/schedules/schedule.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { everySchedule } from '../schedules/find-schedules.ts';
import { noteKept } from '../schedules/schedule-state.ts';

export interface VitalSigns {
  /** How long the operation that holds the lock has run; 0 when none does. */
  lockHeldSeconds: number;
  /** How long ago the lock's holder last gave a sign of life; 0 when none holds it. */
  leaseOverdueSeconds: number;
  /** Events not yet handed to their channels, and deliveries not yet made. */
  outboxWaiting: number;
  /** How long the oldest of them has waited. */
  outboxOldestSeconds: number;
  /** Deliveries that were given up, and wait for somebody to send them again. */
  deadDeliveries: number;
  /** Dead deliveries that were given up within the last day. */
  newDeadDeliveries: number;
  /** Schedules whose time came and went without a backup, not even a failed one. */
  missedSchedules: string[];
}

/** How late a schedule may begin, after a cold start or a repeated one; later is missed. */
const SCHEDULE_GRACE_MILLISECONDS = 15 * 60_000;
/** How much clocks may differ: a record may seem a little older than the time that it is for. */
const SKEW_MILLISECONDS = 60_000;

/**
 * Reads the numbers, and remembers for each schedule the last due time that was kept; so a new schedule has missed
 * nothing.
 */
export const readVitalSigns = async (host: Host): Promise<VitalSigns> => {
  const now = host.clock.now().getTime();
  const secondsSince = (instant: string): number =>
    Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  const { holder } = await host.catalog.lock();
  const events = await host.catalog.list('event', { limit: 1 });
  const { total: waiting } = await host.catalog.list('delivery', { group: 'waiting', limit: 0 });
  const { total: dead } = await host.catalog.list('delivery', { group: 'dead', limit: 0 });
  const oldest = await oldestWaiting(host, events.records[0]?.at);
  const missedSchedules: string[] = [];
  for (const schedule of await everySchedule(host))
    if (isActive(schedule) && (await wasMissed(host, schedule))) missedSchedules.push(schedule.id);
  return {
    lockHeldSeconds: holder === undefined ? 0 : secondsSince(holder.startedAt),
    leaseOverdueSeconds: holder === undefined ? 0 : secondsSince(holder.leaseUntil),
    outboxWaiting: events.total + waiting,
    outboxOldestSeconds: oldest === undefined ? 0 : secondsSince(oldest),
    deadDeliveries: dead,
    newDeadDeliveries: await newlyDead(host),
    missedSchedules,
  };
};

const DAY_MILLISECONDS = 24 * 3_600_000;

const newlyDead = async (host: Host): Promise<number> => {
  const since = host.clock.now().getTime() - DAY_MILLISECONDS;
  let count = 0;
  for await (const { endedAt } of everyRecord(host, 'delivery', { group: 'dead', descending: true })) {
    if (endedAt !== null && Date.parse(endedAt) < since) break;
    count += 1;
  }
  return count;
};

/**
 * When the oldest waiting event or delivery was made. The oldest delivery of a channel need not be the first of its
 * list, which is sorted by the next attempt.
 */
const oldestWaiting = async (host: Host, oldestEvent: string | undefined): Promise<string | undefined> => {
  let oldest = oldestEvent;
  for await (const { createdAt } of everyRecord(host, 'delivery', { group: 'waiting' }))
    if (oldest === undefined || createdAt < oldest) oldest = createdAt;
  return oldest;
};

const wasMissed = async (host: Host, schedule: Schedule): Promise<boolean> => {
  const known = await host.catalog.get('schedule', schedule.id);
  if (known !== undefined && isAheadOf(known.record.lastFiredAt, host.clock.now().getTime())) {
    host.log.warn(
      'the last recorded time of a schedule is in the future: a clock was ahead; the schedule is watched from now on',
      { scheduleId: schedule.id, lastFiredAt: known.record.lastFiredAt },
    );
    await remember(host, schedule.id, timestamp(host.clock));
    return false;
  }
  if (known === undefined) {
    await remember(host, schedule.id, timestamp(host.clock));
    return false;
  }
  // The run waits for another operation to end, and its outcome is recorded when the wait is over.
  if (known.record.waitingFor !== undefined) return false;
  const until = new Date(host.clock.now().getTime() - SCHEDULE_GRACE_MILLISECONDS);
  const due = new DueTimes(schedule).lastBetween(new Date(known.record.lastFiredAt), until);
  if (due === undefined) return false;
  if (!(await hasRunSince(host, schedule, due))) return true;
  await noteKept(host.catalog, schedule.id, due);
  return false;
};

const remember = (host: Host, id: string, lastFiredAt: string): Promise<void> =>
  host.catalog.commit([{ put: 'schedule', record: { id, lastFiredAt } }]);

/** Backups of a schedule are listed under its label, newest first. */
const hasRunSince = async (host: Host, { id, label }: Schedule, due: Date): Promise<boolean> => {
  const since = due.getTime() - SKEW_MILLISECONDS;
  const now = host.clock.now().getTime();
  const newestFirst = everyRecord(host, 'backup', { group: label ?? DEFAULT_LABEL, descending: true });
  for await (const { scheduleId, createdAt } of newestFirst) {
    if (Date.parse(createdAt) < since) return false;
    // The backup was dated by a clock that was ahead: it says nothing of later due times.
    if (isAheadOf(createdAt, now)) continue;
    if (scheduleId === id) return true;
  }
  return false;
};
