/** Tells the host's timers when schedules are due. What they are told is a help to be in time; what is due, the catalog says. */

import { shortErrorOf } from '../../model/errors.ts';
import { DueTimes } from '../../model/schedules/due-times.ts';
import { isActive, type Schedule } from '../../model/schedules/schedule.ts';
import type { Host } from '../../ports/host.ts';
import type { Timer } from '../../ports/schedule-timers.ts';
import { everySchedule } from './find-schedules.ts';

/** The times of a schedule that are near. */
const timersOf = (host: Host, schedule: Schedule): Timer[] => {
  if (!isActive(schedule)) return [];
  const now = host.clock.now();
  const near = new DueTimes(schedule).between(now, new Date(now.getTime() + host.timers.ahead));
  return [...near].map((at) => ({ scheduleId: schedule.id, at }));
};

/** For one that was made, changed or deleted. Where it fails, the sweep sets them: the change itself stands. */
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
    host.log.warn('the timers of a schedule could not be set; the sweep sets them', {
      scheduleId: (after ?? before)?.id,
      reason: shortErrorOf(thrown),
    });
  }
};

/** Those of all schedules. */
export const armSchedules = async (host: Host): Promise<void> => {
  const schedules = await everySchedule(host);
  await host.timers.set(schedules.flatMap((schedule) => timersOf(host, schedule)));
};
