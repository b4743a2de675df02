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
import { triggerSchema } from './trigger-settings.ts';

export const scheduleSchema = z.strictObject({
  id: componentIdSchema,
  cron: cronSchema,
  timeZone: timeZoneSchema.default('UTC'),
  label: labelSchema.optional(),
  components: z.array(componentIdSchema).min(1).optional(),
  waitMinutes: waitMinutesSchema,
  /** Which of its backups stay. @default that of its label, else all */
  retention: retentionSchema.optional(),
  /** How each backup is read back before it is called SUCCESS. */
  verification: verificationDepthSchema.default('full'),
  enabled: z.boolean().default(true),
  /** Called after each success, with `/fail` behind it after a failure, so that silence is seen elsewhere. */
  ping: addressSchema.optional(),
});
export type ScheduleSettings = z.infer<typeof scheduleSchema>;

const LOG_RETENTION_DAYS = [7, 14, 30, 60, 90, 120, 180, 365, 400, 731, 1827, 3653];

/** Not an alias: what IAM allows is the use of a key. */
const kmsKeyArnSchema = z
  .string()
  .regex(
    /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
    'not the ARN of a key of KMS: write arn:aws:kms:REGION:ACCOUNT:key/ID, and no alias',
  );

export const configSchema = z
  .strictObject({
    $schema: z.string().optional(),
    /** The installation's name; part of every key's encryption context. */
    installation: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, '1 to 63 of A-Z a-z 0-9 _ . -')
      .default('holdfast'),
    /** `false` switches backups off; requests then say so. */
    backups: z.boolean().default(true),
    /** `false` switches restores off, all but dry runs; requests then say so. */
    restores: z.boolean().default(true),
    /** `false` switches restores onto the components' own sources off; a restore to another target stays possible. */
    restoreInPlace: z.boolean().default(true),
    domains: z.array(z.string().min(1).max(128)).default([ROOT_DOMAIN]),
    components: z.array(componentSchema).max(MAX_COMPONENTS).default([]),
    schedules: z.array(scheduleSchema).default([]),
    /** What else begins backups: signed requests, events, messages. */
    triggers: z.array(triggerSchema).max(100).default([]),
    /** Which backups stay, and what becomes of the others. */
    retention: z
      .strictObject({
        /** Of the backups of a label, but for those of a schedule that has a policy of its own. */
        labels: z.record(labelSchema, retentionSchema).default({}),
        /** So long a backup that goes is still there, and can be taken back. */
        undoDays: z.number().int().min(1).max(365).default(7),
      })
      .prefault({}),
    metrics: z
      .strictObject({
        /** Whether `/metrics` answers without a token: it names components and schedules to whoever reaches it. */
        open: z.boolean().default(false),
      })
      .prefault({}),
    /** Folders (embedded) or buckets (AWS) a request may name in `backupPath`, besides the installation's own. */
    backupPaths: z.array(z.string().min(1)).default([]),
    /** Archives that come in. */
    uploads: z
      .strictObject({
        /** Of one archive, in bytes. @default what the place has room for */
        maxBytes: z.number().int().positive().optional(),
        /** How many may be open at once. */
        maxOpen: z.number().int().min(1).max(10_000).default(100),
      })
      .prefault({}),
    /** zstd level; docs/performance.md says why 1. */
    compressionLevel: z.number().int().min(1).max(19).default(1),
    notifications: notificationSchema.prefault({}),
    /** Who else says who somebody is. */
    access: accessSchema.prefault({}),
    /** The audit trail. */
    audit: z
      .strictObject({
        /** Rows older than so many days are removed. */
        keepDays: z.number().int().min(1).max(36_500).default(400),
      })
      .prefault({}),
    /** A second secret, wanted beside the API token for making, downloading and restoring backups. */
    backupToken: z
      .strictObject({
        required: z.boolean().default(false),
        /** A new one waits so long before it is taken. */
        waitHours: z.number().min(0).max(720).default(24),
      })
      .prefault({}),
    /** What is done only when other people have approved the exact plan of it. */
    approval: z
      .strictObject({
        /** @default nothing wants approval */
        actions: z
          .array(approvalActionSchema)
          .default([])
          .refine((names) => new Set(names).size === names.length, 'an action is named once'),
        /** How many others have to approve. */
        approvers: z.number().int().min(1).max(10).default(1),
        /** A request can be approved and used for so long. */
        hours: z.number().min(0.1).max(168).default(4),
        /** A person whose password others knew, or set, less than so long ago does not approve yet. */
        newApproverHours: z.number().min(0).max(720).default(24),
        /** Whether somebody with the permission `approval.break-glass` may go on without, telling everybody. */
        breakGlass: z.boolean().default(false),
      })
      .prefault({}),
    limits: z
      .strictObject({
        /** How many backups one principal may begin over the API within 24 hours. @default as many as it likes */
        backupsPerDay: z.number().int().min(1).max(10_000).optional(),
      })
      .prefault({}),
    /** What only the AWS host needs to be told. */
    aws: z
      .strictObject({
        /** Buckets and tables that a restore may write to, besides the components' own. Tables need not exist yet. */
        restoreTargets: z
          .strictObject({
            buckets: z.array(z.string().min(3).max(63)).default([]),
            tables: z.array(z.string().min(3).max(255)).default([]),
          })
          .optional(),
        /** The customer-managed keys of buckets and tables that this configuration names: sources, targets, places of archives. */
        kmsKeys: z
          .strictObject({
            buckets: z.record(z.string(), kmsKeyArnSchema).default({}),
            tables: z.record(z.string(), kmsKeyArnSchema).default({}),
          })
          .optional(),
        /** A configuration set that the identity of `notifications.email.from` sends by: SES asks for a right on it, too. */
        sesConfigurationSet: z
          .string()
          .regex(/^[\w-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ -')
          .optional(),
        /** A store that is there already, as the outputs of the state stack that it was in named it. */
        store: z
          .strictObject({
            tableName: z.string().min(3).max(255),
            bucketName: z.string().min(3).max(63),
            wrapKeyArn: kmsKeyArnSchema,
            signKeyArn: kmsKeyArnSchema,
          })
          .optional(),
        /** Who is told of alarms: a topic that is there already, or addresses, which SNS asks to confirm. With neither, nobody. */
        alarms: z
          .strictObject({
            topicArn: z
              .string()
              .regex(/^arn:[a-z-]+:sns:[^:]+:\d{12}:.+$/, 'not the ARN of a topic')
              .optional(),
            email: z.array(emailAddressSchema).min(1).optional(),
          })
          .optional(),
        /** How many tasks of one operation run at the same time. */
        concurrency: z.number().int().min(1).max(1000).optional(),
        /** An operation that runs longer raises an alarm. */
        longestOperationHours: z.number().positive().max(168).optional(),
        /** Where alarms send their reader: a link to a copy of docs/runbook.md. */
        runbookUrl: z.url().optional(),
        /** How long logs are kept; CloudWatch knows these lengths. */
        logRetentionDays: z
          .union(
            LOG_RETENTION_DAYS.map((days) => z.literal(days)),
            `CloudWatch knows these lengths: ${LOG_RETENTION_DAYS.join(', ')}`,
          )
          .optional(),
      })
      .optional(),
  })
  .superRefine((config, context) => {
    for (const [list, what] of [
      [config.components, 'component'],
      [config.schedules, 'schedule'],
      [config.triggers, 'trigger'],
    ] as const) {
      const seen = new Set<string>();
      for (const { id } of list) {
        if (seen.has(id))
          context.addIssue({ code: 'custom', message: `the ${what} id "${id}" is used twice` });
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
          message: `component "${component.id}" belongs to the domain "${component.domain}"${component.domain === ROOT_DOMAIN ? ', as every component without a "domain" of its own' : ''}, which "domains" does not list: add it there, or name another one`,
        });
  });
export type Config = z.infer<typeof configSchema>;
