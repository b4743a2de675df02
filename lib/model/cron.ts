/**
 * When a schedule is due: a cron expression of five fields in a time zone.
 *
 * Clocks that change (croner's rules): a time of day that a spring change skips is due when the gap ends; one that an
 * autumn change repeats is due the first time only. Intervals, such as every 15 minutes, go on through both.
 */
import { Cron } from 'croner';
import * as z from 'zod';

export const FIVE_FIELDS = 'a cron expression has five fields: minute hour day month weekday';

/** The five fields of an expression, by their places; undefined when there are more or fewer. */
export const cronFields = (
  cron: string,
): { minute: string; hour: string; day: string; month: string; weekday: string } | undefined => {
  const [minute, hour, day, month, weekday, more] = cron.trim().split(/\s+/);
  if (minute === undefined || hour === undefined || day === undefined) return undefined;
  if (month === undefined || weekday === undefined || more !== undefined) return undefined;
  return { minute, hour, day, month, weekday };
};

const parsed = (cron: string, timeZone: string): Cron =>
  new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });

/** Why an expression is none; undefined for one that can be due. */
const faultOf = (cron: string): string | undefined => {
  if (cronFields(cron) === undefined) return FIVE_FIELDS;
  try {
    parsed(cron, 'UTC');
    return undefined;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.replace(/^CronPattern: /, '') : String(thrown);
    return `"${cron}" is not a cron expression: ${reason}`;
  }
};

export const cronSchema = z.string().superRefine((cron, context) => {
  const message = faultOf(cron);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export const timeZoneSchema = z.string().refine((timeZone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}, 'not a time zone of the IANA list, such as Europe/Berlin');

export class DueTimes {
  readonly #cron: Cron;

  /** Of an expression and a time zone that the configuration's schema has let pass. */
  constructor({ cron, timeZone }: { cron: string; timeZone: string }) {
    this.#cron = parsed(cron, timeZone);
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
