/** When the clocks of a time zone are put forward or back. */
import { wallClockOf } from './wall-clock.ts';

/**
 * A change from one wall time to another, both as if in UTC: the time between is skipped when clocks go forward, and
 * comes twice when they go back.
 */
export interface ClockChange {
  readonly forward: boolean;
  readonly from: Date;
  readonly to: Date;
}

const MINUTE_MILLISECONDS = 60_000;
const STEP_MILLISECONDS = 12 * 3_600_000;
const DAY_MILLISECONDS = 24 * 3_600_000;

/** In order of time. */
export const clockChangesBetween = (timeZone: string, after: Date, until: Date): ClockChange[] =>
  changesOf(timeZone, after.getTime(), until.getTime())
    .filter(({ at }) => at > after.getTime() && at <= until.getTime())
    .map(({ change }) => change);

interface Known {
  readonly from: number;
  readonly until: number;
  readonly changes: readonly { readonly at: number; readonly change: ClockChange }[];
}
/** The last answer for each zone: a list of schedules asks for the same again and again. */
const known = new Map<string, Known>();

const changesOf = (timeZone: string, after: number, until: number): Known['changes'] => {
  const found = known.get(timeZone);
  if (found !== undefined && found.from <= after && found.until >= until) return found.changes;
  // A day more than is asked for, so that the answer can be used for a day.
  const made = { from: after, until: until + DAY_MILLISECONDS };
  const changes = [...findChanges(timeZone, made)];
  known.set(timeZone, { ...made, changes });
  return changes;
};

function* findChanges(
  timeZone: string,
  { from: after, until }: Pick<Known, 'from' | 'until'>,
): Generator<Known['changes'][number]> {
  const clock = wallClockOf(timeZone);
  let before = Math.floor(after / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS;
  for (; before < until; before += STEP_MILLISECONDS) {
    const next = before + STEP_MILLISECONDS;
    const [earlier, later] = [clock.offset(before), clock.offset(next)];
    if (later === earlier) continue;
    const at = clock.changeBetween(before, next);
    const walls = [at + earlier, at + later].sort((a, b) => a - b);
    const [from = 0, to = 0] = walls;
    yield { at, change: { forward: later > earlier, from: new Date(from), to: new Date(to) } };
  }
}
