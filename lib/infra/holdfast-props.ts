/** What an app says of its installation. */
import type { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type * as z from 'zod';
import type { configSchema, ScheduleSettings } from '../model/config/config.ts';
import type { notificationSchema } from '../model/config/notification-settings.ts';
import type { Trigger } from './starts/trigger.ts';
import type { BackupPlace } from './store/backup-places.ts';
import type { Component, RestoreTarget } from './store/component.ts';
import type { IHoldfastStore } from './store/holdfast-store.ts';
import type { Mail } from './watch/outcomes.ts';

/** A schedule; what is left out has the configuration's defaults. */
export type ScheduleProps = Pick<ScheduleSettings, 'id' | 'cron'> &
  Readonly<Partial<Omit<ScheduleSettings, 'id' | 'cron'>>>;

/** A setting that an app says as the configuration does. */
type Setting<K extends keyof z.input<typeof configSchema>> = NonNullable<z.input<typeof configSchema>[K]>;

export interface HoldfastProps {
  /** What is backed up. */
  readonly components: readonly Component[];
  /**
   * The installation's name: part of every key's encryption context, and of the names of what is deployed. Never
   * change it.
   *
   * @default holdfast
   */
  readonly installation?: string;
  /**
   * Where records, archives and keys are kept; give it to keep them in a stack of their own.
   *
   * @default one is made beside the rest
   */
  readonly store?: IHoldfastStore;
  /**
   * When backups begin by themselves.
   *
   * @default only when asked for
   */
  readonly schedules?: readonly ScheduleProps[];
  /**
   * What else begins backups: events, messages, signed requests.
   *
   * @default nothing
   */
  readonly triggers?: readonly Trigger[];
  /**
   * Who is told by e-mail how operations end; `from` is verified in SES. The topic and the event bus are always told.
   *
   * @default no mail
   */
  readonly email?: Mail;
  /**
   * Webhooks, rules of which event goes where, and the rest of `notifications` in a configuration.
   *
   * @default every event goes to the topic, the event bus and mail
   */
  readonly notifications?: Omit<z.input<typeof notificationSchema>, 'email'>;
  /**
   * Who else says who somebody is: issuers of OpenID Connect, as `access` in a configuration names them.
   *
   * @default tokens and people of this installation alone
   */
  readonly access?: Setting<'access'>;
  /**
   * What is done only when other people have approved the exact plan of it: docs/approval.md.
   *
   * @default nothing wants approval
   */
  readonly approval?: Setting<'approval'>;
  /**
   * A second secret, wanted beside the API token for making, downloading and restoring backups: docs/backup-token.md.
   *
   * @default it is not wanted
   */
  readonly backupToken?: Setting<'backupToken'>;
  /**
   * How long rows of the audit trail are kept.
   *
   * @default 400 days
   */
  readonly audit?: Setting<'audit'>;
  /**
   * Which backups of a label stay, and how long one that goes can be taken back: docs/retention.md.
   *
   * @default all stay
   */
  readonly retention?: Setting<'retention'>;
  /**
   * How many backups one principal may begin a day.
   *
   * @default as many as it likes
   */
  readonly limits?: Setting<'limits'>;
  /**
   * How large archives may be that come in, and how many at once.
   *
   * @default what the place has room for, 100 at once
   */
  readonly uploads?: Setting<'uploads'>;
  /**
   * Whether metrics are read without a token.
   *
   * @default with a token alone
   */
  readonly metrics?: Setting<'metrics'>;
  /**
   * Domains besides `root`.
   *
   * @default none
   */
  readonly domains?: readonly string[];
  /**
   * Where a request may ask its archive to be put, besides the installation's own bucket: `s3://bucket/prefix`, or a bucket
   * of this app.
   *
   * @default nowhere else
   */
  readonly backupPaths?: readonly (string | BackupPlace)[];
  /**
   * Where a restore may write to, besides the components' own places.
   *
   * @default nowhere else
   */
  readonly restoreTargets?: readonly RestoreTarget[];
  /**
   * False switches backups off; requests then say so.
   *
   * @default true
   */
  readonly backups?: boolean;
  /**
   * False switches restores off, all but dry runs; requests then say so.
   *
   * @default true
   */
  readonly restores?: boolean;
  /**
   * False switches restores onto the components' own sources off, and takes the right to write there away.
   *
   * @default true
   */
  readonly restoreInPlace?: boolean;
  /**
   * zstd level of the segments, 1 to 19.
   *
   * @default 1
   */
  readonly compressionLevel?: number;
  /**
   * How many tasks of one operation run at the same time. What a source and the account can bear is the limit: each
   * task reads at up to 70 MiB/s.
   *
   * @default 40
   */
  readonly concurrency?: number;
  /**
   * An operation that runs longer raises an alarm.
   *
   * @default 24 hours
   */
  readonly longestOperation?: Duration;
  /**
   * Who is told of alarms.
   *
   * @default nobody; the dashboard shows them
   */
  readonly alarmTopic?: ITopic;
  /**
   * Where the runbook is to be read.
   *
   * @default docs/runbook.md, of this package
   */
  readonly runbookUrl?: string;
  /**
   * How long logs are kept.
   *
   * @default three months
   */
  readonly logRetention?: RetentionDays;
}
