/**
 * What a schedule's author should know in advance: that it is never due, or that changes of the clocks affect its
 * times.
 */

import type { ScheduleSettings } from '../config/config.ts';
import { clockChangesBetween } from './clock-changes.ts';
import { parseCron } from './cron-line.ts';
import { DueTimes, type Timing } from './due-times.ts';
import { isRate } from './rate.ts';

const DAY_MILLISECONDS = 24 * 3_600_000;
/** A zone that changes its clocks does so within this time. */
const LOOK_AHEAD_DAYS = 370;

export const scheduleWarnings = (schedules: readonly ScheduleSettings[], now: Date): string[] =>
  schedules
    .filter(({ enabled }) => enabled)
    .flatMap((schedule) => {
      if (new DueTimes(schedule).next(now) === undefined)
        return [`schedule "${schedule.id}" ${neverDue(schedule, now).slice('it '.length)}`];
      return scheduleNotes(schedule, now).map((note) => `schedule "${schedule.id}": ${note}`);
    });

/** Why the schedule is not due any more. */
export const neverDue = ({ endAt, ...timing }: Timing, now: Date): string => {
  if (endAt != null && Date.parse(endAt) <= now.getTime())
    return `it is never due again: it ended at ${endAt}`;
  return endAt != null && new DueTimes(timing).next(now) !== undefined
    ? `it is never due: no time of "${timing.cron}" comes before its end, ${endAt}`
    : `it is never due: there is no such day as "${timing.cron}" names`;
};

/** A sentence for the next day on which one of its times is skipped, and one for the next on which one comes twice. */
export const scheduleNotes = ({ cron, timeZone }: Timing, now: Date): string[] => {
  if (isRate(cron)) return [];
  // A schedule of every hour continues through both, and is soon due again.
  if (parseCron(cron).hour === undefined) return [];
  // Wall times, as if in UTC.
  const onTheWall = new DueTimes({ cron, timeZone: 'UTC' });
  const until = new Date(now.getTime() + LOOK_AHEAD_DAYS * DAY_MILLISECONDS);
  const notes = new Map<boolean, string>();
  for (const { forward, from, to } of clockChangesBetween(timeZone, now, until)) {
    const met = onTheWall.next(new Date(from.getTime() - 1000));
    if (met === undefined || met >= to || notes.has(forward)) continue;
    const [day, time] = met.toISOString().slice(0, 16).split('T');
    notes.set(
      forward,
      forward
        ? `on ${day} the clocks of ${timeZone} skip from ${clockTime(from)} to ${clockTime(to)}, so that there is no ${time}: it runs at ${clockTime(to)} instead`
        : `on ${day} the clocks of ${timeZone} go back from ${clockTime(to)} to ${clockTime(from)}, so that ${time} comes twice: it runs the first time only`,
    );
  }
  return [...notes.values()];
};

const clockTime = (onTheWall: Date): string => onTheWall.toISOString().slice(11, 16);
