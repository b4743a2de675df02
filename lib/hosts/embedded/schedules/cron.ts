/**
 * When a schedule is due: a cron expression of five fields in a time zone.
 *
 * Clocks that change (croner's rules): a time of day that a spring change skips is due when the gap ends; one that an
 * autumn change repeats is due the first time only. Intervals, such as every 15 minutes, go on through both.
 */
import { Cron } from 'croner';
import type { ScheduleSettings } from '../../../model/config.ts';
import { HoldfastError } from '../../../model/errors.ts';

export class DueTimes {
  readonly #cron: Cron;

  /** @throws HoldfastError `config_invalid`, naming the schedule. */
  constructor({ id, cron, timeZone }: Pick<ScheduleSettings, 'id' | 'cron' | 'timeZone'>) {
    try {
      this.#cron = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).replace(/^CronPattern: /, '');
      throw new HoldfastError(
        'config_invalid',
        `schedule "${id}": "${cron}" is not a cron expression: ${reason}`,
        {
          cause: error,
        },
      );
    }
  }

  /** The first due time after an instant; undefined when there is none any more, as for 30 February. */
  next(after: Date): Date | undefined {
    return this.#cron.nextRun(after) ?? undefined;
  }

  /** The last due time after one instant and not after another. */
  lastBetween(after: Date, until: Date): Date | undefined {
    const first = this.next(after);
    if (first === undefined || first > until) return undefined;
    // Croner counts in whole seconds and leaves out the reference itself.
    const [last = first] = this.#cron.previousRuns(1, new Date(until.getTime() + 1000));
    return last > until ? first : last;
  }
}
