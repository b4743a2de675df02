/** A schedule as people see it. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { instant } from '../records/fields.ts';
import { scopeSchema } from '../records/scope.ts';
import { retentionSchema } from '../retention/policy.ts';
import { verificationDepthSchema } from '../verification-depth.ts';

/** One run to come. */
export const nextRunSchema = z.object({
  /** In UTC. */
  at: instant,
  /** The same instant as the clocks of the schedule's zone show it. */
  local: instant,
});

export const scheduleViewSchema = z.object({
  id: componentIdSchema,
  /** Where it is changed: in holdfast.config.json, or here. */
  managed: z.enum(['configuration', 'api']),
  /** `stopped`: its maker may no longer do what it does. `ended`: it is never due again. */
  state: z.enum(['active', 'paused', 'stopped', 'ended']),
  stateReason: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  startAt: instant.nullable(),
  endAt: instant.nullable(),
  jitterMinutes: z.number().int(),
  label: z.string(),
  description: z.string(),
  scope: scopeSchema,
  domain: z.string().nullable(),
  /** With null: every component of the scope. */
  components: z.array(componentIdSchema).nullable(),
  keyId: z.string().nullable(),
  verification: verificationDepthSchema,
  catchUp: z.enum(['run', 'record']),
  waitMinutes: z.number().int(),
  /** The host of the address that is called after each run, or the name of the secret that holds it. The rest is shown nowhere. */
  pingHost: z.string().nullable(),
  /** With null: that of its label, else all of its backups stay. */
  retention: retentionSchema.nullable(),
  /** At most five; none while it is not active. */
  nextRuns: z.array(nextRunSchema),
  /** What clocks that change do to it within a year, a sentence each. */
  notes: z.array(z.string()),
  /** Raised with every change; null where it is the configuration's. */
  version: z.number().int().nullable(),
  createdAt: instant.nullable(),
  createdBy: z.string().nullable(),
  updatedAt: instant.nullable(),
  updatedBy: z.string().nullable(),
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;

/** What a schedule would come to. */
export const schedulePreviewSchema = z.object({
  /** At most five. */
  nextRuns: z.array(nextRunSchema),
  notes: z.array(z.string()),
});
export type SchedulePreview = z.infer<typeof schedulePreviewSchema>;
