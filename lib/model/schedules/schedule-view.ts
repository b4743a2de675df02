/** A schedule as people see it. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { instant } from '../records/fields.ts';
import { scopeSchema } from '../records/scope.ts';
import { retentionSchema } from '../retention/policy.ts';
import { verificationDepthSchema } from '../verification-depth.ts';

/** A future run. */
export const nextRunSchema = z.object({
  /** In UTC. */
  at: instant,
  /** The same instant by the clocks of the schedule's zone. */
  local: instant,
});

export const scheduleViewSchema = z.object({
  id: componentIdSchema,
  /** Where it can be changed: in holdfast.config.json, or over the API. */
  managed: z.enum(['configuration', 'api']),
  /** `stopped`: its maker no longer has the rights for what it does. `ended`: it is never due again. */
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
  /** Null: every component of the scope. */
  components: z.array(componentIdSchema).nullable(),
  keyId: z.string().nullable(),
  verification: verificationDepthSchema,
  catchUp: z.enum(['run', 'record']),
  waitMinutes: z.number().int(),
  /**
   * The host of the address that is called after each run, or the name of the secret that holds it. The rest is never
   * shown.
   */
  pingHost: z.string().nullable(),
  /** Null: its label's policy applies, else all of its backups are kept. */
  retention: retentionSchema.nullable(),
  /** At most five; empty while it is not active. */
  nextRuns: z.array(nextRunSchema),
  /** What changes of the clocks do to it within a year, a sentence each. */
  notes: z.array(z.string()),
  /** Raised with every change; null for a schedule of the configuration. */
  version: z.number().int().nullable(),
  createdAt: instant.nullable(),
  createdBy: z.string().nullable(),
  updatedAt: instant.nullable(),
  updatedBy: z.string().nullable(),
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;

/** What a schedule would do. */
export const schedulePreviewSchema = z.object({
  /** At most five. */
  nextRuns: z.array(nextRunSchema),
  notes: z.array(z.string()),
});
export type SchedulePreview = z.infer<typeof schedulePreviewSchema>;
