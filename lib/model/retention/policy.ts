/** What retention keeps, as the configuration, a schedule and the command line write it. */
import * as z from 'zod';
import { timeZoneSchema } from '../schedules/cron.ts';

const MOST = 10_000;
const RULE = `not a whole number from 1 to ${MOST}; to drop the rule, leave it out`;
const keep = z.number(RULE).int(RULE).min(1, RULE).max(MOST, RULE).optional();

const WITHIN = /^(?:(\d{1,4})y)?(?:(\d{1,4})m)?(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,6})h)?$/;
const WITHIN_RULE =
  'keepWithin is a length of time such as 36h, 30d, 8w, 6m or 1y6m: years, months, weeks, days, hours, in this order';

/** The rules that count periods, from the shortest period on. */
export const periodRules = {
  keepHourly: 'hourly',
  keepDaily: 'daily',
  keepWeekly: 'weekly',
  keepMonthly: 'monthly',
  keepYearly: 'yearly',
} as const;
export type PeriodRule = keyof typeof periodRules;

/**
 * A retention policy: a backup that any of its rules keeps is kept. It has at least one rule, since a policy without
 * rules would keep nothing.
 */
export const retentionSchema = z
  .strictObject({
    /** How many of the newest backups are kept. */
    keepLast: keep,
    /**
     * How many of the last hours, days, ISO weeks, months or years with backups are kept, with the newest backup of
     * each.
     */
    keepHourly: keep,
    keepDaily: keep,
    keepWeekly: keep,
    keepMonthly: keep,
    keepYearly: keep,
    /** Keeps all that are at most so much older than the newest one. */
    keepWithin: z
      .string()
      .regex(WITHIN, WITHIN_RULE)
      .refine((text) => /[1-9]/.test(text), WITHIN_RULE)
      .optional(),
    /** The time zone whose days count. @default the schedule's, else UTC */
    timeZone: timeZoneSchema.optional(),
    /** Whether a backup that is PARTIAL counts like one that is SUCCESS. @default false */
    countPartial: z.boolean().optional(),
  })
  .refine(
    ({ timeZone: _, countPartial: __, ...rules }) => Object.values(rules).some((rule) => rule !== undefined),
    'a policy without a rule would keep nothing: set at least one of keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly, keepWithin',
  );
export type RetentionPolicy = z.infer<typeof retentionSchema>;

/** The instant that is a length of time such as `1y6m` before another, by the calendar of UTC. */
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
