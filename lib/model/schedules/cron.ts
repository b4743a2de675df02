/**
 * A schedule's time, as configurations and requests write it: a cron expression of five fields, a word such as
 * `@daily`, or a rate such as `every 6h`; and its time zone. `due-times.ts` says when a schedule is due.
 */
import * as z from 'zod';
import { CronError, parseCron } from './cron-line.ts';
import { eventBridgeExpression } from './eventbridge-cron.ts';
import { isRate, rateFault } from './rate.ts';

/** Why not both hosts can run an expression; undefined for one that can be due. */
const cronFault = (cron: string): string | undefined => {
  try {
    eventBridgeExpression(parseCron(cron));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CronError) return `"${cron}" cannot be scheduled: ${thrown.message}`;
    throw thrown;
  }
};

const MAX_CHARACTERS = 500;

const checked = (faultOf: (text: string) => string | undefined) =>
  z
    .string()
    .max(MAX_CHARACTERS)
    .superRefine((text, context) => {
      const message = faultOf(text);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });

/** In the configuration: five fields, or a word for them. */
export const cronSchema = checked(cronFault);

/** For a schedule made over the API: also a rate. */
export const timingSchema = checked((text) => (isRate(text) ? rateFault(text) : cronFault(text)));

export const timeZoneSchema = z.string().refine((timeZone) => {
  // JavaScript accepts an offset as a time zone, but EventBridge does not.
  if (/^[+-]/.test(timeZone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}, 'not a time zone of the IANA list; one is Europe/Berlin');
