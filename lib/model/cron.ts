/**
 * When a schedule is due: a cron expression of five fields in a time zone. On AWS, EventBridge Scheduler decides; the
 * instants are the same but for clocks that change.
 *
 * Clocks that change, on an embedded installation: a line of one time of day is due each day once: when the gap ends, if a
 * spring change skips its time, and the first time, if an autumn change repeats it. Other lines go by the clock on the
 * wall: what is skipped is not due, what comes twice is due twice. On AWS what is skipped is not due, and nothing is due
 * twice. `scheduleWarnings` tells of skipped times beforehand.
 */
import { Cron } from 'croner';
import * as z from 'zod';
import { CronError, listed, parseCron } from './cron-line.ts';
import { eventBridgeExpression } from './eventbridge-cron.ts';

const parsed = (cron: string, timeZone: string): Cron => {
  const { minute, hour, day, month, weekday } = parseCron(cron);
  const fields = [minute, hour, day, month, weekday].map((allowed) => listed(allowed));
  return new Cron(fields.join(' '), { timezone: timeZone, mode: '5-part', paused: true });
};

/** Why an expression is none that both hosts can run; undefined for one that can be due. */
const faultOf = (cron: string): string | undefined => {
  try {
    eventBridgeExpression(parseCron(cron));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CronError) return `"${cron}" cannot be scheduled: ${thrown.message}`;
    throw thrown;
  }
};

export const cronSchema = z.string().superRefine((cron, context) => {
  const message = faultOf(cron);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export const timeZoneSchema = z.string().refine((timeZone) => {
  // An offset, which JavaScript takes for a time zone, is none to EventBridge.
  if (/^[+-]/.test(timeZone)) return false;
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
