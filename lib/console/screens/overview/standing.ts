/** How well each component is backed up, as of now, and what that asks of a person. */
import type { BackupView } from '../../../model/records/backup.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import type { ComponentView } from '../../api/calls.ts';
import { isRestorable } from '../../shown/restorable.ts';
import { localDay } from '../../shown/times.ts';

export type RecoveryPoint = 'green' | 'amber' | 'red';

export interface Standing {
  readonly component: ComponentView;
  /** The newest backup that holds all of it. */
  readonly good: BackupView | undefined;
  readonly verified: BackupView | undefined;
  /** Where none holds all of it: the newest that holds part of it. */
  readonly partly: BackupView | undefined;
  readonly point: RecoveryPoint;
}

const HOUR = 3600_000;

/** Without a schedule to go by: a day and a bit is as it should be, a week is not. */
const unscheduled = { green: 26 * HOUR, amber: 7 * 24 * HOUR } as const;

/**
 * Of each component, in the order of the configuration.
 *
 * @param backups the newest first
 * @param every milliseconds between two runs of the schedule of a component; undefined where it has none
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
  // One run that is late is worth a look; two that are missing are worth more.
  const bounds = every === undefined ? unscheduled : { green: every + 2 * HOUR, amber: 2 * every + 2 * HOUR };
  return age <= bounds.green ? 'green' : age <= bounds.amber ? 'amber' : 'red';
};

/** The longest time between the runs to come of a schedule that backs a component up; of several, the most frequent counts. */
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
  /** `2026-11-20` */
  readonly day: string;
  readonly runs: readonly BackupView[];
  /** The worst that happened; undefined on a day without runs. */
  readonly outcome: 'good' | 'attention' | 'bad' | 'unknown' | undefined;
}

const DAY = 24 * HOUR;

/**
 * The days of the last `weeks` weeks where whoever reads is, from a Monday to today.
 *
 * @param since How far back the backups were read; days before it are not known. @default all were read
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
    // Of the day itself some may be missing, too.
    const isKnown = new Date(at).setHours(0, 0, 0, 0) >= since;
    return { day: localDay(at), runs, outcome: isKnown ? outcomeOf(runs) : 'unknown' };
  });
};

/** When the first of these days begins. */
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
