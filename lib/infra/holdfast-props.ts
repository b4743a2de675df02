/** The props with which an app describes its installation. */
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

/** A schedule; omitted fields have the configuration's defaults. */
export type ScheduleProps = Pick<ScheduleSettings, 'id' | 'cron'> &
  Readonly<Partial<Omit<ScheduleSettings, 'id' | 'cron'>>>;

/** A setting in the same form as in the configuration. */
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
   * Where records, archives and keys are kept; pass it to keep them in a stack of their own.
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
   * Webhooks, rules for which event goes where, and the rest of `notifications` in a configuration.
   *
   * @default every event goes to the topic, the event bus and mail
   */
  readonly notifications?: Omit<z.input<typeof notificationSchema>, 'email'>;
  /**
   * Issuers of OpenID Connect whose tokens are accepted, as `access` in a configuration names them.
   *
   * @default only tokens and people of this installation
   */
  readonly access?: Setting<'access'>;
  /**
   * Which acts need that other people have approved their exact plan: docs/approval.md.
   *
   * @default nothing needs approval
   */
  readonly approval?: Setting<'approval'>;
  /**
   * A second secret, required beside the API token for making, downloading and restoring backups: docs/backup-token.md.
   *
   * @default not required
   */
  readonly backupToken?: Setting<'backupToken'>;
  /**
   * How long rows of the audit trail are kept.
   *
   * @default 400 days
   */
  readonly audit?: Setting<'audit'>;
  /**
   * Which backups of a label stay, and how long a deletion can be undone: docs/retention.md.
   *
   * @default all stay
   */
  readonly retention?: Setting<'retention'>;
  /**
   * How many backups one principal may begin in 24 hours.
   *
   * @default as many as it likes
   */
  readonly limits?: Setting<'limits'>;
  /**
   * How large uploaded archives may be, and how many uploads may be open at once.
   *
   * @default as large as the place has room for, 100 at once
   */
  readonly uploads?: Setting<'uploads'>;
  /**
   * Whether metrics are read without a token.
   *
   * @default only with a token
   */
  readonly metrics?: Setting<'metrics'>;
  /**
   * Domains besides `root`.
   *
   * @default none
   */
  readonly domains?: readonly string[];
  /**
   * Where a request may have its archive stored, besides the installation's own bucket: `s3://bucket/prefix`, or a
   * bucket of this app.
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
   * False switches restores off, except dry runs; requests then say so.
   *
   * @default true
   */
  readonly restores?: boolean;
  /**
   * False switches restores onto the components' own sources off, and removes the right to write there.
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
   * How many tasks of one operation run at the same time. The source and the account set the limit: each task reads at
   * up to 70 MiB/s.
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
   * The address of the runbook.
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
