/** What a schedule's author should know beforehand: that it is never due, and which of its times a clock skips. */

import { ClockChanges } from './clock-changes.ts';
import type { ScheduleSettings } from './config.ts';
import { DueTimes } from './cron.ts';
import { parseCron } from './cron-line.ts';

const DAY_MILLISECONDS = 24 * 3_600_000;
/** Whoever changes their clocks does so within it. */
const LOOK_AHEAD_DAYS = 370;

export const scheduleWarnings = (
  schedules: readonly ScheduleSettings[],
  { host, now }: { readonly host: 'aws' | 'embedded'; readonly now: Date },
): string[] =>
  schedules
    .filter(({ enabled }) => enabled)
    .flatMap((schedule) => {
      if (new DueTimes(schedule).next(now) === undefined)
        return [`schedule "${schedule.id}" is never due: there is no such day as "${schedule.cron}" names`];
      return skippedWarning(schedule, host, now);
    });

const skippedWarning = (
  { id, cron, timeZone }: ScheduleSettings,
  host: 'aws' | 'embedded',
  now: Date,
): string[] => {
  const { minute, hour } = parseCron(cron);
  // What comes every hour comes soon again.
  if (hour === undefined) return [];
  // An embedded installation runs such a line when the gap ends.
  if (host === 'embedded' && hour.length === 1 && minute?.length === 1) return [];
  // On the wall, as if in UTC.
  const onTheWall = new DueTimes({ cron, timeZone: 'UTC' });
  const until = new Date(now.getTime() + LOOK_AHEAD_DAYS * DAY_MILLISECONDS);
  for (const { from, to } of new ClockChanges(timeZone).gapsBetween(now, until)) {
    const skipped = onTheWall.next(new Date(from.getTime() - 1000));
    if (skipped === undefined || skipped >= to) continue;
    const [day, time] = skipped.toISOString().slice(0, 16).split('T');
    return [
      `schedule "${id}" is not due on ${day} at ${time}: the clocks of ${timeZone} skip from ${clockTime(from)} to ${clockTime(to)} on that day; to have each day's backup, choose another hour`,
    ];
  }
  return [];
};

const clockTime = (onTheWall: Date): string => onTheWall.toISOString().slice(11, 16);
