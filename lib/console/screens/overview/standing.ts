/** How well each component is backed up now. */
import type { BackupView } from '../../../model/records/backup.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import type { ComponentView } from '../../api/calls.ts';
import { isRestorable } from '../../shown/restorable.ts';
import { localDay } from '../../shown/times.ts';

export type RecoveryPoint = 'green' | 'amber' | 'red';

export interface Standing {
  readonly component: ComponentView;
  /** The newest backup that holds the whole component. */
  readonly good: BackupView | undefined;
  readonly verified: BackupView | undefined;
  /** The newest backup that holds a part of the component, if none holds the whole. */
  readonly partly: BackupView | undefined;
  readonly point: RecoveryPoint;
}

const HOUR = 3600_000;

/** The limits for a component without a schedule: up to 26 hours are good, more than a week is bad. */
const unscheduled = { green: 26 * HOUR, amber: 7 * 24 * HOUR } as const;

/**
 * The standing of each component, in the order of the configuration.
 *
 * @param backups the newest first
 * @param every the milliseconds between two runs of the component's schedule; undefined if it has none
 */
export const standings = (
  components: readonly ComponentView[],
  backups: readonly BackupView[],
  now: number,
  every: (componentId: string) => number | undefined = () => undefined,
): Standing[] =>
  components.map((component) => {
    const there = backups.filter(isRestorable);
    const holding = there.filter(({ components: parts }) => parts[component.id]?.state === 'SUCCESS');
    const [good] = holding;
    return {
      component,
      good,
      verified: holding.find(({ verifiedAt }) => verifiedAt !== null),
      partly:
        good === undefined
          ? there.find(({ components: parts }) => parts[component.id]?.state === 'PARTIAL')
          : undefined,
      point: pointOf(good, now, every(component.id)),
    };
  });

const pointOf = (good: BackupView | undefined, now: number, every: number | undefined): RecoveryPoint => {
  if (good === undefined) return 'red';
  const age = now - Date.parse(good.createdAt);
  // Green allows for no missed run, amber for one; both allow for two hours more.
  const bounds = every === undefined ? unscheduled : { green: every + 2 * HOUR, amber: 2 * every + 2 * HOUR };
  return age <= bounds.green ? 'green' : age <= bounds.amber ? 'amber' : 'red';
};

/**
 * The longest time between the next runs of a schedule that backs up the component. Of several schedules, the most
 * frequent one counts.
 */
export const everyOf = (schedules: readonly ScheduleView[], componentId: string): number | undefined => {
  const gaps = schedules
    .filter(({ state, components }) => state === 'active' && (components?.includes(componentId) ?? true))
    .flatMap(({ nextRuns }) => {
      const times = nextRuns.map(({ at }) => Date.parse(at));
      const between = times.slice(1).map((time, index) => time - (times[index] ?? time));
      return between.length === 0 ? [] : [Math.max(...between)];
    });
  return gaps.length === 0 ? undefined : Math.min(...gaps);
};

export interface Day {
  /** For example `2026-11-20`. */
  readonly day: string;
  readonly runs: readonly BackupView[];
  /** The worst outcome of the day; undefined on a day without runs. */
  readonly outcome: 'good' | 'attention' | 'bad' | 'unknown' | undefined;
}

const DAY = 24 * HOUR;

/**
 * The days of the last `weeks` weeks in the reader's time zone, from a Monday to today.
 *
 * @param since The time back to which the backups were read; the days before it are unknown. @default all were read
 */
export const calendar = (
  backups: readonly BackupView[],
  now: number,
  weeks: number,
  since = Number.NEGATIVE_INFINITY,
): Day[] => {
  const byDay = Map.groupBy(backups, ({ createdAt }) => localDay(createdAt));
  const noon = new Date(now).setHours(12, 0, 0, 0);
  const days = (weeks - 1) * 7 + daysSinceMonday(noon) + 1;
  return Array.from({ length: days }, (_, index) => {
    const at = noon - (days - 1 - index) * DAY;
    const runs = byDay.get(localDay(at)) ?? [];
    // On the day of `since` itself, some backups may be missing, too.
    const isKnown = new Date(at).setHours(0, 0, 0, 0) >= since;
    return { day: localDay(at), runs, outcome: isKnown ? outcomeOf(runs) : 'unknown' };
  });
};

/** The time at which the first day of the calendar begins. */
export const calendarBegin = (now: number, weeks: number): number => {
  const noon = new Date(now).setHours(12, 0, 0, 0);
  return new Date(noon - ((weeks - 1) * 7 + daysSinceMonday(noon)) * DAY).setHours(0, 0, 0, 0);
};

const daysSinceMonday = (at: number): number => (new Date(at).getDay() + 6) % 7;

const outcomeOf = (runs: readonly BackupView[]): Day['outcome'] => {
  const states = new Set(runs.map(({ state }) => state));
  if (states.has('FAILED')) return 'bad';
  if (states.has('PARTIAL') || states.has('CANCELLED')) return 'attention';
  return states.has('SUCCESS') ? 'good' : undefined;
};
