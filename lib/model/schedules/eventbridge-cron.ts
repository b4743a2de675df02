/** Turns the five-field cron of holdfast.config.json into the six fields of EventBridge Scheduler. */
import { CronError, type CronLine, listed, parseCron, weekdayNames } from './cron-line.ts';

/** Longest expression that the Scheduler accepts. */
const MAX_EXPRESSION = 256;

/**
 * Makes `cron(...)` for EventBridge Scheduler, which reads it in the schedule's own time zone.
 *
 * @throws CronError when it is longer than the Scheduler accepts
 */
export const eventBridgeExpression = ({ minute, hour, day, month, weekday }: CronLine): string => {
  const months = listed(month);
  const days =
    weekday === undefined
      ? `${listed(day)} ${months} ?`
      : `? ${months} ${listed(weekday, (value) => weekdayNames[value] ?? '')}`;
  const expression = `cron(${listed(minute)} ${listed(hour)} ${days} *)`;
  if (expression.length > MAX_EXPRESSION)
    throw new CronError(
      `its values, written out, have ${expression.length} characters, and EventBridge on AWS allows ${MAX_EXPRESSION}; create two schedules`,
    );
  return expression;
};

/** @throws Error with a sentence when the expression has no equivalent there. */
export const eventBridgeCron = (cron: string): string => {
  try {
    return eventBridgeExpression(parseCron(cron));
  } catch (thrown) {
    if (!(thrown instanceof CronError)) throw thrown;
    throw new Error(`the schedule "${cron}" cannot run on AWS: ${thrown.message}`);
  }
};
