/** Keeps due times on a host whose timers are elsewhere: a time that no timer has called for is handled afterwards. */

import { shortErrorOf } from '../../model/errors.ts';
import { parseCron } from '../../model/schedules/cron-line.ts';
import { DueTimes } from '../../model/schedules/due-times.ts';
import { isRate } from '../../model/schedules/rate.ts';
import { isActive, type Schedule } from '../../model/schedules/schedule.ts';
import { wallClockOf } from '../../model/schedules/wall-clock.ts';
import { put } from '../../ports/catalog/catalog.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { armSchedules } from './arm-schedules.ts';
import { everySchedule, findSchedule } from './find-schedules.ts';
import {
  type DueNow,
  dueNow,
  forgetUnwanted,
  isOfTheFuture,
  noteKept,
  noteWaiting,
} from './schedule-state.ts';
import {
  recordMissedSchedule,
  recordVainWait,
  runSchedule,
  type ScheduledRun,
  type ScheduledStart,
  tellLate,
} from './scheduled-backup.ts';

/** How long a timer is tried. More recent due times are left to it. */
const TIMER_MILLISECONDS = 10 * 60_000;

/** Does what a due time needs, in time or late. */
export const beginDueRun = async (
  host: OperatingHost,
  start: ScheduledStart,
  how: DueNow['how'],
): Promise<ScheduledRun> => {
  if (how === 'gave-up') return recordVainWait(host, start);
  if (how === 'missed') return recordMissedSchedule(host, start);
  const run = await runSchedule(host, start);
  if (how === 'catch-up' && typeof run === 'object' && run.state !== 'FAILED') await tellLate(host, start);
  return run;
};

/** Begins the run of a due time, and notes the time as kept or waiting. */
export const keepTime = async (
  host: OperatingHost,
  start: ScheduledStart,
  how: DueNow['how'] = 'fire',
): Promise<ScheduledRun> => {
  const run = await beginDueRun(host, start, how);
  const note = run === 'waits' ? noteWaiting : noteKept;
  await note(host.catalog, start.scheduleId, start.at);
  return run;
};

/**
 * For the sweep of a host whose timers are elsewhere: handles times that no timer has called for, and sets the next
 * ones. One schedule that fails does not stop the others.
 *
 * @throws after the last, what the first of them threw
 */
export const keepSchedules = async (host: OperatingHost): Promise<void> => {
  const schedules = (await everySchedule(host)).filter(isActive);
  await forgetUnwanted(host.catalog, new Set(schedules.map(({ id }) => id)));
  const failures: unknown[] = [];
  for (const schedule of schedules)
    try {
      await lookAfter(host, schedule);
    } catch (thrown) {
      failures.push(thrown);
      host.log.error('a schedule could not be checked; the next sweep tries again', {
        scheduleId: schedule.id,
        reason: shortErrorOf(thrown),
      });
    }
  await armSchedules(host);
  if (failures.length > 0) throw failures[0];
};

const lookAfter = async (host: OperatingHost, schedule: Schedule): Promise<void> => {
  const { id } = schedule;
  const now = host.clock.now();
  const state = (await host.catalog.get('schedule', id))?.record;
  if (state === undefined || isOfTheFuture(state, now)) {
    await host.catalog.commit([put('schedule', { id, lastFiredAt: now.toISOString() })]);
    return;
  }
  const until = new Date(now.getTime() - TIMER_MILLISECONDS);
  const found = dueNow(schedule, new DueTimes(schedule), state, { now, until, grace: 0 });
  if (found !== undefined) await keepTime(host, { scheduleId: id, at: found.at }, found.how);
};

/**
 * Handles a call for a schedule: from the clock that was deployed with it, a timer of ours, or a person.
 *
 * @returns the id of the backup, begun or refused; undefined when none was wanted, or it waits
 * @throws `not_found` when a person names a schedule that does not exist; any error other than a refusal
 */
export const keepCall = async (
  host: OperatingHost,
  { scheduleId, at, timer }: { scheduleId: string; at?: Date | undefined; timer: boolean },
): Promise<string | undefined> => {
  const schedule = await findSchedule(host, scheduleId);
  if (timer && (schedule === undefined || at === undefined || !isWanted(schedule, at))) {
    host.log.info('a timer fired for a time that no schedule has any more', { scheduleId, at });
    return undefined;
  }
  const due = at === undefined ? host.clock.now() : firstOfTwo(schedule, at);
  const start = { scheduleId, at: due };
  // A call by hand is not one of the schedule's times.
  const run = await (at === undefined ? runSchedule(host, start) : keepTime(host, start));
  return typeof run === 'object' ? run.id : undefined;
};

const isWanted = (schedule: Schedule, at: Date): boolean =>
  isActive(schedule) && new DueTimes(schedule).isDue(at);

/**
 * In an hour that the clock repeats, a time is due once, at its first occurrence, whichever of the two another clock
 * calls for.
 */
const firstOfTwo = (schedule: Schedule | undefined, at: Date): Date => {
  if (schedule === undefined || isRate(schedule.cron) || parseCron(schedule.cron).hour === undefined)
    return at;
  const clock = wallClockOf(schedule.timeZone);
  const { instant, occurs } = clock.instantOf(clock.wallAt(at));
  return occurs === 'twice' ? instant : at;
};
