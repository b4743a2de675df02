/** What retention keeps, as it is written in the configuration, in a schedule and at the command line. */
import * as z from 'zod';
import { timeZoneSchema } from '../schedules/cron.ts';

const MOST = 10_000;
const RULE = `a whole number from 1 to ${MOST}; to do without the rule, leave it out`;
const keep = z.number(RULE).int(RULE).min(1, RULE).max(MOST, RULE).optional();

const WITHIN = /^(?:(\d{1,4})y)?(?:(\d{1,4})m)?(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,6})h)?$/;
const WITHIN_RULE =
  'keepWithin is a length of time such as 36h, 30d, 8w, 6m or 1y6m: years, months, weeks, days, hours, in this order';

/** The rules by count of periods, from the shortest on. */
export const periodRules = {
  keepHourly: 'hourly',
  keepDaily: 'daily',
  keepWeekly: 'weekly',
  keepMonthly: 'monthly',
  keepYearly: 'yearly',
} as const;
export type PeriodRule = keyof typeof periodRules;

/**
 * A retention policy: what any of its rules keeps is kept. At least one rule has to be there, since a policy without a
 * rule would keep nothing.
 */
export const retentionSchema = z
  .strictObject({
    /** The newest ones. */
    keepLast: keep,
    /** The newest one of each of the last hours, days, ISO weeks, months or years that have any. */
    keepHourly: keep,
    keepDaily: keep,
    keepWeekly: keep,
    keepMonthly: keep,
    keepYearly: keep,
    /** All that are younger than the newest one by at most so much. */
    keepWithin: z
      .string()
      .regex(WITHIN, WITHIN_RULE)
      .refine((text) => /[1-9]/.test(text), WITHIN_RULE)
      .optional(),
    /** Where a day begins. @default that of the schedule, else UTC */
    timeZone: timeZoneSchema.optional(),
    /** Whether a backup that is PARTIAL counts like one that is SUCCESS. @default false */
    countPartial: z.boolean().optional(),
  })
  .refine(
    ({ timeZone: _, countPartial: __, ...rules }) => Object.values(rules).some((rule) => rule !== undefined),
    'a policy without a rule would keep nothing: give at least one of keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly, keepWithin',
  );
export type RetentionPolicy = z.infer<typeof retentionSchema>;

/** The instant that lies a length of time such as `1y6m` before another, by the calendar of UTC. */
export const before = (instant: Date, within: string): Date => {
  const [, years = 0, months = 0, weeks = 0, days = 0, hours = 0] = (WITHIN.exec(within) ?? []).map((part) =>
    Number(part ?? 0),
  );
  const earlier = new Date(instant);
  const day = earlier.getUTCDate();
  earlier.setUTCDate(1);
  earlier.setUTCMonth(earlier.getUTCMonth() - 12 * years - months);
  const lastDay = new Date(Date.UTC(earlier.getUTCFullYear(), earlier.getUTCMonth() + 1, 0)).getUTCDate();
  earlier.setUTCDate(Math.min(day, lastDay));
  return new Date(earlier.getTime() - ((weeks * 7 + days) * 24 + hours) * 3_600_000);
};
