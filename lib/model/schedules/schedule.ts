/** Schedules made over the API: what a request says, what is stored, and the form that both kinds of schedule share. */
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

/** What a request says of a schedule, apart from its id. */
const fields = {
  /** Five fields, a word such as `@daily`, or a rate such as `every 6h`. */
  cron: timingSchema,
  timeZone: timeZoneSchema.default('UTC'),
  /** It is not due before `startAt`, nor after `endAt`. */
  startAt: instant.optional(),
  endAt: instant.optional(),
  /** Most minutes by which each run is delayed; the delay is always the same for a schedule and a time. */
  jitterMinutes: z.number().int().min(0).max(MAX_JITTER_MINUTES).default(0),
  label: labelSchema.optional(),
  description: z.string().max(1000).default(''),
  scope: scopeSchema.default('system'),
  domain: domainNameSchema.optional(),
  /** @default every component of the scope */
  components: z.array(componentIdSchema).min(1).max(1000).optional(),
  /** The backup key. @default the default key of the scope */
  keyId: idSchema.optional(),
  /** How each backup is read back before it is called SUCCESS; never less than in full. */
  verification: verificationDepthSchema.default('full'),
  /** What happens when Holdfast did not run at a due time: one run afterwards, or a record that it was missed. */
  catchUp: z.enum(['run', 'record']).default('record'),
  waitMinutes: waitMinutesSchema,
  /** Which of its backups are kept. @default the policy of its label, else all are kept */
  retention: retentionSchema.optional(),
  enabled: z.boolean().default(true),
} as const;

type Said = z.infer<z.ZodObject<typeof fields>>;

/**
 * An address that is called after each run. It may hold a token, so it is stored encrypted, and only its host is shown.
 * Unlike in the configuration it cannot be a secret's name: a person who makes schedules could have any secret sent to
 * a host of theirs.
 */
const pingSchema = z
  .string()
  .max(2000)
  .refine(
    (text) => outgoingUrl(text) !== undefined,
    'write an https URL (or an http URL to an address in notifications.internalAddresses), without user, password and "#"',
  );

/** The address as it is stored. */
const keptPingSchema = z.object({
  host: z.string(),
  /** Wrapped by the key service, in base64. */
  wrapped: z.string(),
});
export type KeptPing = z.infer<typeof keptPingSchema>;

const refuseUnfit = (said: Said & { id?: string }, context: z.RefinementCtx): void => {
  const { startAt, endAt, jitterMinutes, scope, domain } = said;
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  if (startAt !== undefined && endAt !== undefined && Date.parse(endAt) <= Date.parse(startAt))
    refuse('endAt must be after startAt');
  if (scope === 'system' && domain !== undefined && domain !== 'root')
    refuse('a backup of scope system has no domain; leave it out, or choose scope domain');
  if (jitterMinutes > 0 && shortestGap(said) <= jitterMinutes * 60_000)
    refuse('the jitter must be shorter than the time between two runs');
};

/** Milliseconds between two of the next times. Infinite for an invalid line, which is reported elsewhere. */
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
  /** The schedule's id, from which its share of the jitter is computed. */
  id: componentIdSchema.optional(),
  cron: fields.cron,
  timeZone: fields.timeZone,
  startAt: fields.startAt,
  endAt: fields.endAt,
  jitterMinutes: fields.jitterMinutes,
});
export type PreviewScheduleRequest = z.infer<typeof previewScheduleSchema>;

/** All of a schedule: omitted fields get their defaults. */
export const replaceScheduleSchema = z
  .strictObject({
    ...fields,
    /** Omitted: the present address stays, since it is shown to nobody; null removes it. */
    ping: pingSchema.nullable().optional(),
    /** The version of the schedule that was read. Omitted: any version is replaced. */
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
  /** Who last changed what it does. */
  maker: makerSchema,
  /** When and why it was stopped, against its maker's wish. */
  stopped: z.object({ at: instant, reason: z.string() }).nullable(),
});
export type StoredSchedule = z.infer<typeof storedScheduleSchema>;

/** A schedule of either kind. */
export interface Schedule extends Said {
  readonly id: string;
  /** The host of the address that is called after each run, or the name of the secret that holds it. */
  readonly pingHost?: string;
  /** Only for a schedule of the API. */
  readonly stored?: StoredSchedule;
  /** For a schedule of the API: raised with every change. */
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

/** Whether the schedule runs at its times. */
export const isActive = ({ enabled, stored }: Schedule): boolean =>
  enabled && (stored === undefined || stored.stopped === null);
