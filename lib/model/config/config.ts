/** `holdfast.config.json`: read by the embedded host and by the CDK app alike. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { MAX_COMPONENTS } from '../../archive/manifest-bounds.ts';
import { componentSchema } from '../components/component-table.ts';
import { labelSchema } from '../ids.ts';
import { approvalActionSchema } from '../records/approval.ts';
import { ROOT_DOMAIN } from '../records/scope.ts';
import { retentionSchema } from '../retention/policy.ts';
import { cronSchema, timeZoneSchema } from '../schedules/cron.ts';
import { waitMinutesSchema } from '../schedules/wait-minutes.ts';
import { verificationDepthSchema } from '../verification-depth.ts';
import { emailAddressSchema } from './email-address.ts';
import { addressSchema, notificationSchema } from './notification-settings.ts';
import { accessSchema } from './oidc-settings.ts';
import { archivesWithin, s3PlacesOf } from './own-archives.ts';
import { MAX_TRIGGERS, triggerSchema } from './trigger-settings.ts';

export const scheduleSchema = z.strictObject({
  id: componentIdSchema,
  cron: cronSchema,
  timeZone: timeZoneSchema.default('UTC'),
  label: labelSchema.optional(),
  components: z.array(componentIdSchema).min(1).optional(),
  waitMinutes: waitMinutesSchema,
  /** Which of its backups are kept. @default the policy of its label, else all are kept */
  retention: retentionSchema.optional(),
  /** How each backup is read back before it is called SUCCESS. */
  verification: verificationDepthSchema.default('full'),
  enabled: z.boolean().default(true),
  /** Called after each success, and with `/fail` appended after a failure, so that another service notices silence. */
  ping: addressSchema.optional(),
});
export type ScheduleSettings = z.infer<typeof scheduleSchema>;

const LOG_RETENTION_DAYS = [7, 14, 30, 60, 90, 120, 180, 365, 400, 731, 1827, 3653];

/** Not an alias: IAM grants the use of a key, not of an alias. */
const kmsKeyArnSchema = z
  .string()
  .regex(
    /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
    'not the ARN of a KMS key: write arn:aws:kms:REGION:ACCOUNT:key/ID, not an alias',
  );

/** Each setting by itself; `refuseContradictions` looks at them together. */
export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  /** The installation's name; part of every key's encryption context. */
  installation: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, '1 to 63 characters of A-Z a-z 0-9 _ . -')
    .default('holdfast'),
  /** `false` turns backups off; requests are then refused with that reason. */
  backups: z.boolean().default(true),
  /** `false` turns restores off, except dry runs; requests are then refused with that reason. */
  restores: z.boolean().default(true),
  /** `false` turns restores onto the components' own sources off; restores to another target stay possible. */
  restoreInPlace: z.boolean().default(true),
  domains: z.array(z.string().min(1).max(128)).default([ROOT_DOMAIN]),
  components: z.array(componentSchema).max(MAX_COMPONENTS).default([]),
  schedules: z.array(scheduleSchema).default([]),
  /** What else starts backups: signed requests, events, messages. */
  triggers: z.array(triggerSchema).max(MAX_TRIGGERS).default([]),
  /** Which backups are kept, and what happens to the others. */
  retention: z
    .strictObject({
      /** For backups of a label, except those of a schedule with a policy of its own. */
      labels: z.record(labelSchema, retentionSchema).default({}),
      /** Days for which a backup that is to be deleted is still there, and can be taken back. */
      undoDays: z.number().int().min(1).max(365).default(7),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      /**
       * Whether `/metrics` answers without a token; it names components and schedules to everybody who can reach it.
       */
      open: z.boolean().default(false),
    })
    .prefault({}),
  /** Folders (embedded) or buckets (AWS) that a request may name in `backupPath`, besides the installation's own. */
  backupPaths: z.array(z.string().min(1)).default([]),
  /** Limits for archives that are uploaded. */
  uploads: z
    .strictObject({
      /** Largest size of one archive, in bytes. @default the free space of the place */
      maxBytes: z.number().int().positive().optional(),
      /** Most uploads that may be open at once. */
      maxOpen: z.number().int().min(1).max(10_000).default(100),
    })
    .prefault({}),
  /** zstd level; docs/performance.md says why 1. */
  compressionLevel: z.number().int().min(1).max(19).default(1),
  notifications: notificationSchema.prefault({}),
  /** Issuers of tokens for people. */
  access: accessSchema.prefault({}),
  /** The audit trail. */
  audit: z
    .strictObject({
      /** Age in days after which rows are removed. */
      keepDays: z.number().int().min(1).max(36_500).default(400),
    })
    .prefault({}),
  /** A second secret that is required beside the API token for making, downloading and restoring backups. */
  backupToken: z
    .strictObject({
      required: z.boolean().default(false),
      /** Hours until a new backup token is accepted. */
      waitHours: z.number().min(0).max(720).default(24),
    })
    .prefault({}),
  /** Actions that need other people's approval of their exact plan. */
  approval: z
    .strictObject({
      /** @default no action needs approval */
      actions: z
        .array(approvalActionSchema)
        .default([])
        .refine((names) => new Set(names).size === names.length, 'an action is named twice: name it once'),
      /** How many other people have to approve. */
      approvers: z.number().int().min(1).max(10).default(1),
      /** Hours for which a request can be approved and used. */
      hours: z.number().min(0.1).max(168).default(4),
      /** A person may not approve for so many hours after somebody else last knew or set their password. */
      newApproverHours: z.number().min(0).max(720).default(24),
      /**
       * Whether somebody with the permission `approval.break-glass` may act without approval; everybody is then
       * notified.
       */
      breakGlass: z.boolean().default(false),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** How many backups one principal may start over the API within 24 hours. @default no limit */
      backupsPerDay: z.number().int().min(1).max(10_000).optional(),
    })
    .prefault({}),
  /** Settings for the AWS host only. */
  aws: z
    .strictObject({
      /**
       * Buckets and tables that a restore may write to, besides the components' own. The tables need not exist yet.
       */
      restoreTargets: z
        .strictObject({
          buckets: z.array(z.string().min(3).max(63)).default([]),
          tables: z.array(z.string().min(3).max(255)).default([]),
        })
        .optional(),
      /**
       * The customer-managed keys of buckets and tables in this configuration: sources, targets, places of archives.
       */
      kmsKeys: z
        .strictObject({
          buckets: z.record(z.string(), kmsKeyArnSchema).default({}),
          tables: z.record(z.string(), kmsKeyArnSchema).default({}),
        })
        .optional(),
      /** The configuration set that `notifications.email.from` sends with: SES requires a right on it, too. */
      sesConfigurationSet: z
        .string()
        .regex(/^[\w-]{1,64}$/, '1 to 64 characters of A-Z a-z 0-9 _ -')
        .optional(),
      /** An existing store, by the names in the outputs of its former state stack. */
      store: z
        .strictObject({
          tableName: z.string().min(3).max(255),
          bucketName: z.string().min(3).max(63),
          wrapKeyArn: kmsKeyArnSchema,
          signKeyArn: kmsKeyArnSchema,
        })
        .optional(),
      /** Where alarms go: an existing topic, or addresses, which SNS asks to confirm. @default nowhere */
      alarms: z
        .strictObject({
          topicArn: z
            .string()
            .regex(/^arn:[a-z-]+:sns:[^:]+:\d{12}:.+$/, 'not the ARN of an SNS topic')
            .optional(),
          email: z.array(emailAddressSchema).min(1).optional(),
        })
        .optional(),
      /** How many tasks of one operation run at the same time. */
      concurrency: z.number().int().min(1).max(1000).optional(),
      /** An operation that runs longer raises an alarm. */
      longestOperationHours: z.number().positive().max(168).optional(),
      /** Alarms link here: a copy of docs/runbook.md. */
      runbookUrl: z.url().optional(),
      /** How long logs are kept: only lengths that CloudWatch accepts. */
      logRetentionDays: z
        .union(
          LOG_RETENTION_DAYS.map((days) => z.literal(days)),
          `CloudWatch allows these numbers of days: ${LOG_RETENTION_DAYS.join(', ')}`,
        )
        .optional(),
    })
    .optional(),
});

/** Adds a fault for each setting that contradicts another one: an id used twice, an unknown name, a place within a source. */
export const refuseContradictions = (
  config: z.output<typeof settingsSchema>,
  context: z.RefinementCtx,
): void => {
  for (const [list, what] of [
    [config.components, 'component'],
    [config.schedules, 'schedule'],
    [config.triggers, 'trigger'],
  ] as const) {
    const seen = new Set<string>();
    for (const { id } of list) {
      if (seen.has(id)) context.addIssue({ code: 'custom', message: `the ${what} id "${id}" is used twice` });
      seen.add(id);
    }
  }
  const ids = new Set(config.components.map(({ id }) => id));
  for (const [list, what] of [
    [config.schedules, 'schedule'],
    [config.triggers, 'trigger'],
  ] as const)
    for (const { id: owner, components = [] } of list)
      for (const id of components)
        if (!ids.has(id))
          context.addIssue({
            code: 'custom',
            message: `${what} "${owner}" names an unknown component "${id}"`,
          });
  for (const message of archivesWithin(config.components, s3PlacesOf(config.backupPaths)))
    context.addIssue({ code: 'custom', message, path: ['backupPaths'] });
  for (const component of config.components)
    if (!config.domains.includes(component.domain))
      context.addIssue({
        code: 'custom',
        message: `component "${component.id}" belongs to the domain "${component.domain}"${component.domain === ROOT_DOMAIN ? ', as every component without a "domain" of its own' : ''}, which "domains" does not list: add it there, or name another domain`,
      });
};

export const configSchema = settingsSchema.superRefine(refuseContradictions);
export type Config = z.infer<typeof configSchema>;
