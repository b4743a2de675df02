/** Schedules that are made by the API: what a request says, what is kept, and what both kinds of schedule come to. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import type { ScheduleSettings } from '../config/config.ts';
import { outgoingUrl, shownAddress } from '../config/notification-settings.ts';
import { idSchema, labelSchema } from '../ids.ts';
import { instant } from '../records/fields.ts';
import { scopeSchema } from '../records/scope.ts';
import { domainNameSchema } from '../requests/fields.ts';
import { retentionSchema } from '../retention/policy.ts';
import { verificationDepthSchema } from '../verification-depth.ts';
import { timeZoneSchema, timingSchema } from './cron.ts';
import { DueTimes } from './due-times.ts';
import { waitMinutesSchema } from './wait-minutes.ts';

/** Half a day. */
const MAX_JITTER_MINUTES = 720;
const LOOKED_AT = 20;

/** What one says of a schedule, its id aside. */
const fields = {
  /** Five fields, `@daily` and its like, or a rate such as `every 6h`. */
  cron: timingSchema,
  timeZone: timeZoneSchema.default('UTC'),
  /** Nothing is due before, and nothing after `endAt`. */
  startAt: instant.optional(),
  endAt: instant.optional(),
  /** Each run begins up to so many minutes later; always by the same, for one schedule and time. */
  jitterMinutes: z.number().int().min(0).max(MAX_JITTER_MINUTES).default(0),
  label: labelSchema.optional(),
  description: z.string().max(1000).default(''),
  scope: scopeSchema.default('system'),
  domain: domainNameSchema.optional(),
  /** With none: every component of the scope. */
  components: z.array(componentIdSchema).min(1).max(1000).optional(),
  /** The backup key; with none, the default of the scope. */
  keyId: idSchema.optional(),
  /** How each backup is read back before it is called SUCCESS: there is no weaker way than in full. */
  verification: verificationDepthSchema.default('full'),
  /** What becomes of a time at which nothing ran that could keep it: one run afterwards, or a record that it was missed. */
  catchUp: z.enum(['run', 'record']).default('record'),
  waitMinutes: waitMinutesSchema,
  /** Which of its backups stay. @default that of its label, else all */
  retention: retentionSchema.optional(),
  enabled: z.boolean().default(true),
} as const;

type Said = z.infer<z.ZodObject<typeof fields>>;

/**
 * An address that is called after each run. It may hold a token: it is kept encrypted, and shown nowhere but for its host.
 * No name of a secret, as in the configuration: whoever makes schedules could have any secret sent to a host of theirs.
 */
const pingSchema = z
  .string()
  .max(2000)
  .refine(
    (text) => outgoingUrl(text) !== undefined,
    'write a URL of https (or of http to an address of notifications.internalAddresses), without user, password and "#"',
  );

/** The address as it is kept. */
const keptPingSchema = z.object({
  host: z.string(),
  /** Of the key service, in base64. */
  wrapped: z.string(),
});
export type KeptPing = z.infer<typeof keptPingSchema>;

const refuseUnfit = (said: Said & { id?: string }, context: z.RefinementCtx): void => {
  const { startAt, endAt, jitterMinutes, scope, domain } = said;
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  if (startAt !== undefined && endAt !== undefined && Date.parse(endAt) <= Date.parse(startAt))
    refuse('endAt is not after startAt');
  if (scope === 'system' && domain !== undefined && domain !== 'root')
    refuse('a backup of scope system has no domain; leave it out, or ask for scope domain');
  if (jitterMinutes > 0 && shortestGap(said) <= jitterMinutes * 60_000)
    refuse('the jitter must be shorter than the time from one run to the next');
};

/** Milliseconds between two of the times that come next. Infinite for a line that is no schedule, which is told elsewhere. */
const shortestGap = ({ cron, timeZone }: Said): number => {
  if (!timingSchema.safeParse(cron).success || !timeZoneSchema.safeParse(timeZone).success)
    return Number.POSITIVE_INFINITY;
  const times = new DueTimes({ cron, timeZone }).nextOf(LOOKED_AT, new Date());
  const gaps = times.slice(1).map((time, index) => time.getTime() - (times[index]?.getTime() ?? 0));
  return Math.min(Number.POSITIVE_INFINITY, ...gaps);
};

export const createScheduleSchema = z
  .strictObject({ id: componentIdSchema, ...fields, ping: pingSchema.nullable().optional() })
  .superRefine(refuseUnfit);
export type CreateScheduleRequest = z.infer<typeof createScheduleSchema>;

/** The times of a schedule that is not made, or not changed, yet. */
export const previewScheduleSchema = z.strictObject({
  /** Of the schedule: its own share of the jitter comes from it. */
  id: componentIdSchema.optional(),
  cron: fields.cron,
  timeZone: fields.timeZone,
  startAt: fields.startAt,
  endAt: fields.endAt,
  jitterMinutes: fields.jitterMinutes,
});
export type PreviewScheduleRequest = z.infer<typeof previewScheduleSchema>;

/** All of a schedule: what is left out gets its default. */
export const replaceScheduleSchema = z
  .strictObject({
    ...fields,
    /** With none, that which stands stays, since it is shown to nobody; null takes it away. */
    ping: pingSchema.nullable().optional(),
    /** That of the schedule as it was read. With none, whatever stands is replaced. */
    version: z.number().int().min(1).optional(),
  })
  .superRefine(refuseUnfit);
export type ReplaceScheduleRequest = z.infer<typeof replaceScheduleSchema>;

/** Who answers for a schedule: it may do no more than they may. */
const makerSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['token', 'person', 'schedule', 'trigger', 'host']),
});

export const storedScheduleSchema = z.object({
  id: componentIdSchema,
  ...fields,
  ping: keptPingSchema.optional(),
  createdAt: instant,
  createdBy: z.string(),
  updatedAt: instant,
  updatedBy: z.string(),
  /** Who last said what it does. */
  maker: makerSchema,
  /** It runs no longer, by no wish of its maker: when it was stopped, and why. */
  stopped: z.object({ at: instant, reason: z.string() }).nullable(),
});
export type StoredSchedule = z.infer<typeof storedScheduleSchema>;

/** A schedule of either kind. */
export interface Schedule extends Said {
  readonly id: string;
  /** The host of the address that is called after each run; of one that is named as a secret, the name. */
  readonly pingHost?: string;
  /** What only one of the API has. */
  readonly stored?: StoredSchedule;
  /** Raised with every change of one of the API. */
  readonly version?: number;
}

export const ofConfiguration = ({ ping, ...settings }: ScheduleSettings): Schedule => ({
  jitterMinutes: 0,
  description: `schedule ${settings.id}`,
  scope: 'system',
  catchUp: 'record',
  ...settings,
  ...(ping !== undefined && { pingHost: shownAddress(ping) }),
});

export const ofRecord = (stored: StoredSchedule, version?: number): Schedule => ({
  ...stored,
  ...(stored.ping !== undefined && { pingHost: stored.ping.host }),
  stored,
  ...(version !== undefined && { version }),
});

/** Whether its times are to be kept. */
export const isActive = ({ enabled, stored }: Schedule): boolean =>
  enabled && (stored === undefined || stored.stopped === null);
