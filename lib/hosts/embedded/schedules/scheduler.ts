/** Fires the configuration's schedules while the server runs, and tells afterwards of those it slept through. */
import type { ScheduleSettings } from '../../../model/config.ts';
import { DueTimes } from '../../../model/cron.ts';
import type { Catalog } from '../../../ports/catalog.ts';
import { type Clock, isAheadOf } from '../../../ports/clock.ts';
import type { Logger } from '../../../ports/logger.ts';

/** Later than this a due time is missed, not late: a restart should not lose the nightly backup, nor a laptop's lid. */
const GRACE_MILLISECONDS = 5 * 60_000;
/** At most so long between two looks at the clock, since it may be set, and timers stand still while a machine sleeps. */
const LONGEST_WAIT_MILLISECONDS = 30_000;

export interface SchedulerOptions {
  schedules: readonly ScheduleSettings[];
  catalog: Catalog;
  clock: Clock;
  log: Logger;
  /**
   * The schedule is due. When it throws, it is asked again within 30 s until the grace of 5 minutes is over, then the
   * time counts as missed. After a crash it may be asked again for the same `at`: use that as an idempotency key.
   */
  onFire: (schedule: ScheduleSettings, at: Date) => Promise<void>;
  /** Nothing ran at that time, the last of those missed. When it throws, it is asked again. */
  onMissed: (schedule: ScheduleSettings, at: Date) => Promise<void>;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #due: readonly (readonly [ScheduleSettings, DueTimes])[];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const all = options.schedules.map((schedule) => [schedule, new DueTimes(schedule)] as const);
    this.#due = all.filter(([{ enabled }]) => enabled);
  }

  /** Tells what was missed while the server was down, and begins. */
  async start(): Promise<void> {
    const { catalog, clock, log } = this.#options;
    await this.#forgetOthers();
    for (const [{ id, cron }, due] of this.#due) {
      // Nothing is missed before a schedule is known: it counts from the first start with it.
      if (!(await catalog.get('schedule', id))) await this.#remember(id, clock.now());
      if (!due.next(clock.now())) log.warn('a schedule is never due', { scheduleId: id, cron });
    }
    await this.look();
    this.#wait();
  }

  /** When a schedule fires next; undefined when it is unknown, disabled or never due. */
  next(scheduleId: string): Date | undefined {
    const [, due] = this.#due.find(([{ id }]) => id === scheduleId) ?? [];
    return due?.next(this.#options.clock.now());
  }

  /** Looks at the clock now and does what is due. The timer does this; tests with a clock of their own may. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      // One after the other, in the order of the configuration: of two at one minute, the first gets the lock.
      for (const [schedule, due] of this.#due) if (!this.#closed) await this.#lookAt(schedule, due);
    });
    return this.#looking;
  }

  /** Resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #lookAt(schedule: ScheduleSettings, due: DueTimes): Promise<void> {
    const { clock, log, onFire, onMissed } = this.#options;
    try {
      const now = clock.now();
      const at = due.lastBetween(await this.#lastFired(schedule.id, now), now);
      if (at === undefined) return;
      const late = now.getTime() - at.getTime();
      log.info(late > GRACE_MILLISECONDS ? 'a schedule was missed' : 'a schedule fires', {
        scheduleId: schedule.id,
        at: at.toISOString(),
      });
      await (late > GRACE_MILLISECONDS ? onMissed : onFire)(schedule, at);
      await this.#remember(schedule.id, at);
    } catch (error) {
      log.error('a schedule could not be run; it is tried again', { scheduleId: schedule.id, error });
    }
  }

  /** When a schedule last fired. A time that a clock ahead of the right one has written counts as now: else it would be silent until then. */
  async #lastFired(id: string, now: Date): Promise<Date> {
    const { catalog, log } = this.#options;
    const lastFiredAt = (await catalog.get('schedule', id))?.record.lastFiredAt;
    if (lastFiredAt === undefined) return now;
    if (!isAheadOf(lastFiredAt, now.getTime())) return new Date(lastFiredAt);
    log.warn(
      'the time at which a schedule last fired lies in the future: the clock was ahead then, or is behind now; the schedule goes on from now',
      { scheduleId: id, lastFiredAt, now: now.toISOString() },
    );
    await this.#remember(id, now);
    return now;
  }

  /** A schedule that comes back, or is enabled again, has missed nothing while it was not wanted. */
  async #forgetOthers(): Promise<void> {
    const { catalog } = this.#options;
    const wanted = new Set(this.#due.map(([{ id }]) => id));
    const { records } = await catalog.list('schedule');
    for (const { id } of records) if (!wanted.has(id)) await catalog.commit([{ remove: 'schedule', id }]);
  }

  async #remember(id: string, at: Date): Promise<void> {
    await this.#options.catalog.commit([{ put: 'schedule', record: { id, lastFiredAt: at.toISOString() } }]);
  }

  #wait(): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    const waits = this.#due.map(
      ([, due]) => (due.next(now)?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime(),
    );
    const wait = Math.min(LONGEST_WAIT_MILLISECONDS, ...waits);
    this.#timer = setTimeout(() => void this.look().then(() => this.#wait()), Math.max(0, wait));
    this.#timer.unref();
  }
}
