/** The options that make a retention policy. */
import { type Command, InvalidArgumentError } from 'commander';
import type { RetentionPolicy } from '../../model/retention/policy.ts';

/** The time zone comes from another option, or from the schedule. */
export type RetentionOptions = Omit<RetentionPolicy, 'timeZone'>;

const number = (text: string): number => {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('It is not a whole number.');
  return Number(text);
};

export const addRetentionOptions = (command: Command): Command =>
  command
    .option('--keep-last <n>', 'keep the newest n backups', number)
    .option('--keep-hourly <n>', 'keep the newest of each of the last n hours that have any', number)
    .option('--keep-daily <n>', 'keep the newest of each of the last n days that have any', number)
    .option('--keep-weekly <n>', 'keep the newest of each of the last n ISO weeks that have any', number)
    .option('--keep-monthly <n>', 'keep the newest of each of the last n months that have any', number)
    .option('--keep-yearly <n>', 'keep the newest of each of the last n years that have any', number)
    .option(
      '--keep-within <length>',
      'keep all that are at most this much older than the newest: 36h, 30d, 8w, 6m, 1y',
    )
    .option('--count-partial', 'count PARTIAL backups too');

/** The policy of the options; undefined when none was given. */
export const retentionOf = (options: RetentionOptions): RetentionOptions | undefined => {
  const { keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly, keepWithin } = options;
  const said = {
    ...{ keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly, keepWithin },
    countPartial: options.countPartial,
  };
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
};
