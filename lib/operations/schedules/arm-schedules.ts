/** Tells the host's timers when schedules are due. Timers only help to be in time; the catalog decides what is due. */

import { shortErrorOf } from '../../model/errors.ts';
import { DueTimes } from '../../model/schedules/due-times.ts';
import { isActive, type Schedule } from '../../model/schedules/schedule.ts';
import type { Host } from '../../ports/host.ts';
import type { Timer } from '../../ports/schedule-timers.ts';
import { everySchedule } from './find-schedules.ts';

/** Sets timers for the next times of a schedule. */
const timersOf = (host: Host, schedule: Schedule): Timer[] => {
  if (!isActive(schedule)) return [];
  const now = host.clock.now();
  const near = new DueTimes(schedule).between(now, new Date(now.getTime() + host.timers.ahead));
  return [...near].map((at) => ({ scheduleId: schedule.id, at }));
};

/**
 * Sets the timers of a schedule that was made, changed or deleted. If this fails, the sweep sets them later: the change
 * itself is kept.
 */
export const rearmSchedule = async (
  host: Host,
  { before, after }: { before?: Schedule; after?: Schedule },
): Promise<void> => {
  try {
    const wanted = after === undefined ? [] : timersOf(host, after);
    const times = new Set(wanted.map(({ at }) => at.getTime()));
    const unwanted = before === undefined ? [] : timersOf(host, before);
    await host.timers.unset(unwanted.filter(({ at }) => !times.has(at.getTime())));
    await host.timers.set(wanted);
  } catch (thrown) {
    host.log.warn('the timers of a schedule could not be set; the next sweep sets them', {
      scheduleId: (after ?? before)?.id,
      reason: shortErrorOf(thrown),
    });
  }
};

/** Sets the timers of all schedules. */
export const armSchedules = async (host: Host): Promise<void> => {
  const schedules = await everySchedule(host);
  await host.timers.set(schedules.flatMap((schedule) => timersOf(host, schedule)));
};
