/** What is remembered of a schedule's times: the last one that was kept, and one that waits. */
import { isAheadOf } from '../../model/clock-skew.ts';
import type { ScheduleState } from '../../model/records/schedule.ts';
import type { DueTimes } from '../../model/schedules/due-times.ts';
import type { Schedule } from '../../model/schedules/schedule.ts';
import { type Catalog, put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { commitFresh } from '../task/fresh-commit.ts';

/** What a due time wants: a run in time, one that comes late, a record that it was missed, or that its wait was in vain. */
export interface DueNow {
  readonly at: Date;
  readonly how: 'fire' | 'catch-up' | 'missed' | 'gave-up';
}

type Rules = Pick<Schedule, 'catchUp'>;

/**
 * What is to be done at an instant. Of several times that have gone by, the last one alone counts: never a burst.
 *
 * @param until Later times are left to others. @default now
 * @param grace So many milliseconds after its time a run is in time.
 */
export const dueNow = (
  { catchUp }: Rules,
  due: DueTimes,
  { lastFiredAt, waitingFor }: Pick<ScheduleState, 'lastFiredAt' | 'waitingFor'>,
  { now, until = now, grace }: { now: Date; until?: Date; grace: number },
): DueNow | undefined => {
  const at = due.lastBetween(new Date(lastFiredAt), until);
  if (waitingFor !== undefined) {
    const waiting = new Date(waitingFor);
    return { at: waiting, how: at !== undefined && at > waiting ? 'gave-up' : 'fire' };
  }
  if (at === undefined) return undefined;
  if (now.getTime() - at.getTime() <= grace) return { at, how: 'fire' };
  return { at, how: catchUp === 'run' ? 'catch-up' : 'missed' };
};

/** A time that a clock ahead of the right one has written is as good as none: else its schedule would be silent until then. */
export const isOfTheFuture = ({ lastFiredAt, waitingFor }: ScheduleState, now: Date): boolean =>
  isAheadOf(lastFiredAt, now.getTime()) || (waitingFor !== undefined && isAheadOf(waitingFor, now.getTime()));

/** A time was kept, or recorded as not kept. An earlier one changes nothing. */
export const noteKept = (catalog: Catalog, id: string, at: Date): Promise<void> =>
  changeState(catalog, id, (state) =>
    state !== undefined && Date.parse(state.lastFiredAt) >= at.getTime()
      ? undefined
      : { id, lastFiredAt: at.toISOString() },
  );

/** The run of this time waits for another operation to end. */
export const noteWaiting = (catalog: Catalog, id: string, at: Date): Promise<void> =>
  changeState(catalog, id, (state) =>
    state !== undefined && Date.parse(state.lastFiredAt) >= at.getTime()
      ? undefined
      : {
          id,
          lastFiredAt: state?.lastFiredAt ?? new Date(at.getTime() - 1000).toISOString(),
          waitingFor: at.toISOString(),
        },
  );

/** Two functions may be called for one schedule at once. */
const changeState = async (
  catalog: Catalog,
  id: string,
  next: (state: ScheduleState | undefined) => ScheduleState | undefined,
): Promise<void> => {
  await commitFresh(catalog, async () => {
    const found = await catalog.get('schedule', id);
    const record = next(found?.record);
    const changes = record === undefined ? [] : [put('schedule', record, found?.version ?? 'absent')];
    return { changes, result: undefined };
  });
};

/** A schedule that comes back, or is enabled again, has missed nothing while it was not wanted. */
export const forgetUnwanted = async (catalog: Catalog, wanted: ReadonlySet<string>): Promise<void> => {
  // Read first: what is removed goes from the list.
  const known = await Array.fromAsync(everyRecord({ catalog }, 'schedule'));
  for (const { id } of known) if (!wanted.has(id)) await catalog.commit([{ remove: 'schedule', id }]);
};
