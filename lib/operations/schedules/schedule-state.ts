/** What is remembered of a schedule's times: the last one that was kept, and one that waits. */
import { isAheadOf } from '../../model/clock-skew.ts';
import type { ScheduleState } from '../../model/records/schedule.ts';
import type { DueTimes } from '../../model/schedules/due-times.ts';
import type { Schedule } from '../../model/schedules/schedule.ts';
import { type Catalog, put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { commitFresh } from '../task/fresh-commit.ts';

/** What a due time needs: a run in time, a late run, or a record that it was missed or has waited without success. */
export interface DueNow {
  readonly at: Date;
  readonly how: 'fire' | 'catch-up' | 'missed' | 'gave-up';
}

type Rules = Pick<Schedule, 'catchUp'>;

/**
 * What to do at an instant. Of several past times only the last one counts, so that runs never come in a burst.
 *
 * @param until Later times are left to others. @default now
 * @param grace How many milliseconds after its time a run is still in time.
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

/** A time that was written by a clock ahead of the right one is ignored: else its schedule would not run until then. */
export const isOfTheFuture = ({ lastFiredAt, waitingFor }: ScheduleState, now: Date): boolean =>
  isAheadOf(lastFiredAt, now.getTime()) || (waitingFor !== undefined && isAheadOf(waitingFor, now.getTime()));

/** Notes that a time was kept, or recorded as not kept. An earlier time changes nothing. */
export const noteKept = (catalog: Catalog, id: string, at: Date): Promise<void> =>
  changeState(catalog, id, (state) =>
    state !== undefined && Date.parse(state.lastFiredAt) >= at.getTime()
      ? undefined
      : { id, lastFiredAt: at.toISOString() },
  );

/** Notes that the run of this time waits for another operation to end. */
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

/** Uses a fresh commit, since two functions may be called for one schedule at once. */
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

/** Forgets schedules that are gone or disabled: if one comes back, it has missed nothing meanwhile. */
export const forgetUnwanted = async (catalog: Catalog, wanted: ReadonlySet<string>): Promise<void> => {
  // All are read first, since removed ones leave the list.
  const known = await Array.fromAsync(everyRecord({ catalog }, 'schedule'));
  for (const { id } of known) if (!wanted.has(id)) await catalog.commit([{ remove: 'schedule', id }]);
};
