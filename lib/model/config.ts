/** `holdfast.config.json`: read by the embedded host and by the CDK app alike. */
import * as z from 'zod';
import { MAX_COMPONENTS } from '../archive/container/manifest-bounds.ts';
import { componentIdSchema } from '../archive/format.ts';
import { cronSchema, timeZoneSchema } from './cron.ts';
import { labelSchema } from './ids.ts';
import { archivesWithin, s3PlacesOf } from './own-archives.ts';
import { PatternError, parsePattern } from './path-pattern.ts';
import { ROOT_DOMAIN } from './records/scope.ts';
import { isAccessPoint, NO_ACCESS_POINT } from './s3-place.ts';
import { isVisible } from './visible-text.ts';

/** A secret is named, never written: an environment variable, or a file of which the first line counts. */
export const secretSchema = z.union(
  [
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ secretsManager: z.string().min(1) }),
  ],
  {
    error: ({ input }) =>
      `${input === undefined ? 'is missing: ' : ''}a secret is named here, never written; say where it is by one of {"env": "VARIABLE"}, {"file": "PATH"} and {"secretsManager": "NAME"}`,
  },
);
export type SecretReference = z.infer<typeof secretSchema>;

const common = {
  id: componentIdSchema,
  domain: z.string().min(1).max(128).default(ROOT_DOMAIN),
  /** What to do or restart once this is restored; told with the answer. */
  afterRestore: z.string().max(500).optional(),
  /** How a backup ends that cannot read this component: PARTIAL, without it, or FAILED. With none: PARTIAL. */
  onMissing: z.enum(['partial', 'fail']).optional(),
};

const patterns = z
  .array(
    z
      .string()
      .min(1)
      .max(1000)
      .superRefine((text, context) => {
        try {
          parsePattern(text);
        } catch (error) {
          if (!(error instanceof PatternError)) throw error;
          context.addIssue({ code: 'custom', message: error.message });
        }
      }),
  )
  .max(1000)
  .default([]);

/** How a backup ends that finds less than it should: with that as its reason, or as if nothing were amiss. */
const whenTooLittle = z.enum(['partial', 'fail', 'allow']).default('partial');

export const directorySettingsSchema = z
  .strictObject({
    ...common,
    kind: z.literal('directory'),
    path: z.string().min(1),
    /** Patterns on paths below `path`, as in a `.gitignore`; with none, everything. */
    include: patterns,
    /** Such patterns; an excluded folder is not entered. `!` takes back. */
    exclude: patterns,
    /** Do not cross into other file systems. */
    oneFileSystem: z.boolean().default(false),
    /** There is no file at all, which is what a disk looks like that is not mounted. */
    onEmpty: whenTooLittle,
    /** There are fewer than half as many entries as in the last backup. */
    onFewer: whenTooLittle,
    /** Whether a backup counts the entries with extended attributes, which it does not keep. */
    extendedAttributes: z.enum(['count', 'ignore']).default('count'),
  })
  .superRefine(({ path, include, exclude }, context) => {
    const refuse = (setting: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [setting], message });
    for (const text of include)
      if (text.startsWith('!'))
        refuse(
          'include',
          `${JSON.stringify(text)}: to leave something out, write ${JSON.stringify(text.slice(1))} under "exclude"`,
        );
    const below = `${path.replace(/\/+$/, '')}/`;
    for (const [setting, texts] of Object.entries({ include, exclude }))
      for (const text of texts)
        if (below !== '/' && text.startsWith(below))
          refuse(
            setting,
            `${JSON.stringify(text)}: patterns begin at the component's path; write ${JSON.stringify(text.slice(below.length - 1))}`,
          );
  });
export type DirectorySettings = z.infer<typeof directorySettingsSchema>;

export const postgresSettingsSchema = z.strictObject({
  ...common,
  kind: z.literal('postgres'),
  /** A connection URL, postgres://user:password@host/database. */
  url: secretSchema,
  /** The server is a standby, which has no rows of unlogged tables. */
  onUnlogged: whenTooLittle,
});
export type PostgresSettings = z.infer<typeof postgresSettingsSchema>;

export const s3SettingsSchema = z.strictObject({
  ...common,
  kind: z.literal('s3'),
  bucket: z
    .string()
    .min(3)
    .max(63)
    .refine((bucket) => !isAccessPoint(bucket), NO_ACCESS_POINT),
  prefix: z.string().max(1024).refine(isVisible, 'a prefix has no control characters').default(''),
});
export type S3Settings = z.infer<typeof s3SettingsSchema>;

export const dynamodbSettingsSchema = z.strictObject({
  ...common,
  kind: z.literal('dynamodb'),
  table: z.string().min(3).max(255),
});
export type DynamodbSettings = z.infer<typeof dynamodbSettingsSchema>;

export const componentSchema = z.discriminatedUnion('kind', [
  directorySettingsSchema,
  postgresSettingsSchema,
  s3SettingsSchema,
  dynamodbSettingsSchema,
]);
export type ComponentSettings = z.infer<typeof componentSchema>;

export const scheduleSchema = z.strictObject({
  id: componentIdSchema,
  cron: cronSchema,
  timeZone: timeZoneSchema.default('UTC'),
  label: labelSchema.optional(),
  components: z.array(componentIdSchema).min(1).optional(),
  enabled: z.boolean().default(true),
});
export type ScheduleSettings = z.infer<typeof scheduleSchema>;

const LOG_RETENTION_DAYS = [7, 14, 30, 60, 90, 120, 180, 365, 400, 731, 1827, 3653];

const email = z.email('not an e-mail address');

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
    /** `false` switches restores onto the components' own sources off; a restore to another target stays possible. */
    restoreInPlace: z.boolean().default(true),
    domains: z.array(z.string().min(1).max(128)).default([ROOT_DOMAIN]),
    components: z.array(componentSchema).max(MAX_COMPONENTS).default([]),
    schedules: z.array(scheduleSchema).default([]),
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
    notifications: z
      .strictObject({
        email: z
          .strictObject({ to: z.array(email).min(1), from: email.optional(), smtp: secretSchema.optional() })
          .optional(),
      })
      .default({}),
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
        /** Who is told of alarms: a topic that is there already, or addresses, which SNS asks to confirm. With neither, nobody. */
        alarms: z
          .strictObject({
            topicArn: z
              .string()
              .regex(/^arn:[a-z-]+:sns:[^:]+:\d{12}:.+$/, 'not the ARN of a topic')
              .optional(),
            email: z.array(email).min(1).optional(),
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
    ] as const) {
      const seen = new Set<string>();
      for (const { id } of list) {
        if (seen.has(id))
          context.addIssue({ code: 'custom', message: `the ${what} id "${id}" is used twice` });
        seen.add(id);
      }
    }
    const ids = new Set(config.components.map(({ id }) => id));
    for (const schedule of config.schedules)
      for (const id of schedule.components ?? [])
        if (!ids.has(id))
          context.addIssue({
            code: 'custom',
            message: `schedule "${schedule.id}" names an unknown component "${id}"`,
          });
    for (const message of archivesWithin(config.components, s3PlacesOf(config.backupPaths)))
      context.addIssue({ code: 'custom', message, path: ['backupPaths'] });
    for (const component of config.components)
      if (!config.domains.includes(component.domain))
        context.addIssue({
          code: 'custom',
          message: `component "${component.id}" names an unknown domain "${component.domain}"`,
        });
  });
export type Config = z.infer<typeof configSchema>;
