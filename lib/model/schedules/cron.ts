/**
 * What a schedule's time may be, as configurations and requests write it: a cron expression of five fields, a word such as
 * `@daily`, or a rate such as `every 6h`; and its time zone. `due-times.ts` says when that is.
 */
import * as z from 'zod';
import { CronError, parseCron } from './cron-line.ts';
import { eventBridgeExpression } from './eventbridge-cron.ts';
import { isRate, rateFault } from './rate.ts';

/** Why an expression is none that both hosts can run; undefined for one that can be due. */
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

/** Of the configuration: five fields, or a word that stands for them. */
export const cronSchema = checked(cronFault);

/** Of a schedule that is made by the API: a rate, too. */
export const timingSchema = checked((text) => (isRate(text) ? rateFault(text) : cronFault(text)));

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
