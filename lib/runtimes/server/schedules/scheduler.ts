/** Fires schedules while the server runs, and reports later those that came due while it did not run. */

import type { ScheduleState } from '../../../model/records/schedule.ts';
import { DueTimes, type Timing } from '../../../model/schedules/due-times.ts';
import type { Schedule } from '../../../model/schedules/schedule.ts';
import {
  type DueNow,
  dueNow,
  forgetUnwanted,
  isOfTheFuture,
  noteKept,
  noteWaiting,
} from '../../../operations/schedules/schedule-state.ts';
import { type Catalog, put } from '../../../ports/catalog/catalog.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Logger } from '../../../ports/logger.ts';

/**
 * How late a due time may be before it counts as missed: neither a restart nor a closed laptop should lose the nightly
 * backup.
 */
const GRACE_MILLISECONDS = 5 * 60_000;
/**
 * The longest time between two looks at the clock, since the clock may be set, and timers stop while a machine sleeps.
 */
const LONGEST_WAIT_MILLISECONDS = 30_000;

/** The parts of a schedule that the scheduler reads. */
export type Scheduled = Timing & Pick<Schedule, 'id' | 'enabled' | 'catchUp'>;

export interface SchedulerOptions {
  /** The present schedules, in the order in which those of one minute begin. */
  schedules: () => Promise<readonly Scheduled[]>;
  catalog: Catalog;
  clock: Clock;
  log: Logger;
  /**
   * Called when the schedule is due. If it throws, it is called again within 30 s until the grace of 5 minutes is over,
   * then the time counts as missed. If it returns `waits`, it is called again for as long as it does. After a crash it
   * may be called again for the same `at`: use that as an idempotency key.
   */
  onFire: (schedule: Scheduled, at: Date, how: DueNow['how']) => Promise<'waits' | undefined>;
  /** Called when nothing ran at that time, the last of the missed ones. If it throws, it is called again. */
  onMissed: (schedule: Scheduled, at: Date) => Promise<void>;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  /** The enabled schedules, as the last look found them. */
  #due: (readonly [Scheduled, DueTimes])[] = [];
  /** Due times by the text of their schedule: a look that finds a schedule unchanged does not compute them again. */
  #made = new Map<string, DueTimes>();
  /** The time at which the last look was made. */
  #lookedAt: Date | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #started = false;
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Reports what was missed while the server was down, and begins. */
  async start(): Promise<void> {
    const { catalog, clock, log } = this.#options;
    await this.#read();
    await forgetUnwanted(catalog, new Set(this.#due.map(([{ id }]) => id)));
    for (const [{ id, cron }, due] of this.#due)
      if (!due.next(clock.now())) log.warn('a schedule is never due', { scheduleId: id, cron });
    await this.look();
    this.#started = true;
    this.#wait();
  }

  /** When a schedule fires next; undefined when it is unknown, disabled or never due. */
  next(scheduleId: string): Date | undefined {
    const [, due] = this.#due.find(([{ id }]) => id === scheduleId) ?? [];
    return due?.next(this.#options.clock.now());
  }

  /** Looks at the clock now and does what is due. Called by the timer, and by tests with a clock of their own. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      if (this.#closed || !(await this.#read())) return;
      // Schedules are handled one after the other, in their order: of two at one minute, the first gets the lock. All
      // see the same time: else, after a timer that is a millisecond early, the second could be due when the first was
      // not.
      const now = this.#options.clock.now();
      this.#lookedAt = now;
      for (const [schedule, due] of this.#due) if (!this.#closed) await this.#lookAt(schedule, due, now);
    });
    return this.#looking;
  }

  /** Call this when schedules were changed: it reads their next times again. */
  wake(): void {
    if (!this.#started || this.#closed) return;
    clearTimeout(this.#timer);
    void this.look().then(() => this.#wait());
  }

  /** Stops the scheduler. Resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #read(): Promise<boolean> {
    const { schedules, log } = this.#options;
    try {
      const made = new Map<string, DueTimes>();
      this.#due = (await schedules())
        .filter(({ enabled }) => enabled)
        .map((schedule) => {
          const { id, cron, timeZone, startAt, endAt, jitterMinutes } = schedule;
          const key = JSON.stringify([id, cron, timeZone, startAt, endAt, jitterMinutes]);
          const due = this.#made.get(key) ?? new DueTimes(schedule);
          made.set(key, due);
          return [schedule, due] as const;
        });
      this.#made = made;
      return true;
    } catch (error) {
      log.error('the schedules could not be read; the scheduler tries again', { error });
      return false;
    }
  }

  async #lookAt(schedule: Scheduled, due: DueTimes, now: Date): Promise<void> {
    const { catalog, log, onFire, onMissed } = this.#options;
    const { id } = schedule;
    try {
      const state = await this.#stateOf(id, now);
      const found = dueNow(schedule, due, state, { now, grace: GRACE_MILLISECONDS });
      if (found === undefined) return;
      const { at, how } = found;
      log.info(how === 'missed' ? 'a schedule was missed' : 'a schedule is due', {
        scheduleId: id,
        at: at.toISOString(),
      });
      if (how === 'missed') await onMissed(schedule, at);
      else if ((await onFire(schedule, at, how)) === 'waits') {
        await noteWaiting(catalog, id, at);
        return;
      }
      await noteKept(catalog, id, at);
    } catch (error) {
      log.error('a schedule could not be run; the scheduler tries again', { scheduleId: id, error });
    }
  }

  /** A schedule has missed nothing before the first look at it. */
  async #stateOf(id: string, now: Date): Promise<ScheduleState> {
    const { catalog, log } = this.#options;
    const state = (await catalog.get('schedule', id))?.record;
    if (state !== undefined && !isOfTheFuture(state, now)) return state;
    const record: ScheduleState = { id, lastFiredAt: now.toISOString() };
    if (state !== undefined)
      log.warn(
        'a schedule was last due at a time in the future: the clock was ahead then, or is behind now; the schedule continues from now',
        { scheduleId: id, lastFiredAt: state.lastFiredAt, now: now.toISOString() },
      );
    await catalog.commit([put('schedule', record)]);
    return record;
  }

  #wait(): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    // Due times that came during the last look are handled by the next one.
    const since = this.#lookedAt ?? now;
    const waits = this.#due.map(
      ([, due]) => (due.next(since)?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime(),
    );
    const wait = Math.min(LONGEST_WAIT_MILLISECONDS, ...waits);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look().then(() => this.#wait()), Math.max(0, wait));
    this.#timer.unref();
  }
}
