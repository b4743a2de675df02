/** Holdfast as a construct: the whole installation, for an app of its own or for somebody else's. */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type ComponentSettings, type Config, configSchema, type ScheduleSettings } from '../model/config.ts';
import { archivesWithin, s3PlacesOf } from '../model/own-archives.ts';
import type { S3Place } from '../model/s3-place.ts';
import { acknowledge } from './acknowledge.ts';
import { Alarms } from './alarms.ts';
import { placesOf } from './backup-places.ts';
import type { Component, RestoreTarget } from './component.ts';
import { type ConfigFile, configFileOf } from './config-file.ts';
import { HoldfastDashboard } from './dashboard.ts';
import { type DutyName, dutyNames } from './duties.ts';
import { DutyFunction } from './duty-function.ts';
import { environmentOf } from './environment.ts';
import { HoldfastStore } from './holdfast-store.ts';
import { Api } from './http-api.ts';
import { sizeArns } from './merged-statements.ts';
import { LogMetrics } from './metrics.ts';
import { holdToNamedResources } from './named-resources.ts';
import { type Mail, Outcomes } from './outcomes.ts';
import { grantRights } from './rights.ts';
import { BackupSchedules } from './schedules.ts';
import { machineKinds, OperationMachine } from './state-machines.ts';
import { Watch } from './watch.ts';

/** A schedule; what is left out has the configuration's defaults. */
export type ScheduleProps = Pick<ScheduleSettings, 'id' | 'cron'> &
  Readonly<Partial<Omit<ScheduleSettings, 'id' | 'cron'>>>;

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
  readonly store?: HoldfastStore;
  /**
   * When backups begin by themselves.
   *
   * @default only when asked for
   */
  readonly schedules?: readonly ScheduleProps[];
  /**
   * Who is told by e-mail how operations end; `from` is verified in SES. The topic and the event bus are always told.
   *
   * @default no mail
   */
  readonly email?: Mail;
  /**
   * Domains besides `root`.
   *
   * @default none
   */
  readonly domains?: readonly string[];
  /**
   * Where a request may ask its archive to be put, besides the installation's own bucket: `s3://bucket/prefix`.
   *
   * @default nowhere else
   */
  readonly backupPaths?: readonly string[];
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

/** One installation of Holdfast. */
export class Holdfast extends Construct {
  readonly store: HoldfastStore;
  /** Where the API answers. */
  readonly url: string;
  /** Told how every operation ends. */
  readonly outcomes: Outcomes;
  readonly functions: Readonly<Record<DutyName, DutyFunction>>;
  readonly machines: readonly OperationMachine[];
  readonly alarms: Alarms;
  readonly #logGroup: LogGroup;
  readonly #deadLetters: Queue;

  constructor(scope: Construct, id: string, props: HoldfastProps) {
    super(scope, id);
    const config = configOf(props);
    sizeArns(this, config.components);
    const { installation } = config;
    const {
      components,
      restoreTargets = [],
      concurrency = 40,
      longestOperation = Duration.hours(24),
      alarmTopic: topic,
      runbookUrl = 'docs/runbook.md',
      logRetention = RetentionDays.THREE_MONTHS,
    } = props;
    this.store = props.store ?? new HoldfastStore(this, 'Store');
    refuseOwnArchives(config.components, [{ bucket: this.store.bucket.bucketName, prefix: '' }]);
    this.outcomes = new Outcomes(this, 'Outcomes', { installation, email: props.email });
    this.#logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/holdfast/${installation}/functions`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#deadLetters = this.#queue();
    const environment = environmentOf(this, {
      installation,
      store: this.store,
      outcomes: this.outcomes,
      email: props.email,
    });
    this.functions = this.#functions(environment, configFileOf(config));
    const { functions } = this;
    grantRights({
      scope: this,
      installation,
      functions,
      store: this.store,
      components,
      restoreInPlace: config.restoreInPlace,
      restoreTargets,
      outcomes: this.outcomes,
      places: placesOf(this, config.backupPaths),
    });
    this.machines = machineKinds.map(
      (kind) =>
        new OperationMachine(this, kind, { kind, installation, functions, concurrency, logRetention }),
    );
    const deadLetters = this.#deadLetters;
    this.url = new Api(this, 'Http', { installation, functions, logRetention }).url;
    new BackupSchedules(this, 'Schedules', {
      installation,
      schedules: config.schedules,
      target: functions['scheduled-backup'],
      deadLetters,
    });
    new Watch(this, 'Watch', {
      installation,
      executionEnded: functions['execution-ended'],
      sweep: functions.sweep,
      deadLetters,
    });
    const metrics = new LogMetrics(this, 'Metrics', { logGroup: this.#logGroup, installation });
    this.alarms = new Alarms(this, 'Alarms', {
      installation,
      metrics,
      deadLetters,
      longestOperation,
      topic,
      runbookUrl,
    });
    new HoldfastDashboard(this, 'Overview', {
      installation,
      url: this.url,
      alarms: this.alarms.all,
      metrics,
      machines: this.machines,
      functions,
      logGroup: this.#logGroup,
      runbookUrl,
    });
    holdToNamedResources(this);
    new CfnOutput(this, 'Url', { value: this.url, description: 'HOLDFAST_URL' });
    new CfnOutput(this, 'AdminToken', {
      value: functions['admin-token'].functionName,
      description: 'Invoke this function once for the first administrator’s token',
    });
    new CfnOutput(this, 'OutcomesTopic', {
      value: this.outcomes.topic.topicArn,
      description: 'Subscribe to it to be told how operations end',
    });
  }

  #queue(): Queue {
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(queue, { 'AwsSolutions-SQS3': 'It is the dead-letter queue itself.' });
    return queue;
  }

  #functions(
    environment: Readonly<Record<string, string>>,
    configFile: ConfigFile,
  ): Record<DutyName, DutyFunction> {
    const make = (duty: DutyName): [DutyName, DutyFunction] => [
      duty,
      new DutyFunction(this, duty, {
        duty,
        logGroup: this.#logGroup,
        environment: { ...environment, ...configFile.environment },
        configText: configFile.text,
        ...(calledByEvents.has(duty) && { deadLetters: this.#deadLetters }),
      }),
    ];
    return Object.fromEntries(dutyNames.map(make)) as Record<DutyName, DutyFunction>;
  }
}

/** Nobody waits for these, so a call that fails for good goes to the dead-letter queue. */
const calledByEvents: ReadonlySet<DutyName> = new Set(['scheduled-backup', 'execution-ended', 'sweep']);

/**
 * The configuration as the functions read it. Names that are known only at deployment stand in it as tokens, so the
 * components' settings, made by us, go around the schema.
 */
const configOf = (props: HoldfastProps): Config => {
  const {
    installation,
    schedules = [],
    email,
    domains = [],
    backupPaths = [],
    backups,
    restoreInPlace,
    compressionLevel,
  } = props;
  const components = props.components.map(({ settings }) => settings);
  const ids = components.map(({ id, domain }) => ({ id, domain, kind: 'directory' as const, path: '/' }));
  const config = configSchema.parse({
    ...(installation !== undefined && { installation }),
    ...(backups !== undefined && { backups }),
    ...(restoreInPlace !== undefined && { restoreInPlace }),
    ...(compressionLevel !== undefined && { compressionLevel }),
    domains: [...new Set(['root', ...domains])],
    components: ids,
    schedules: [...schedules],
    backupPaths: [...backupPaths],
    notifications: email === undefined ? {} : { email: { to: [...email.to], from: email.from } },
  });
  refuseOwnArchives(components, s3PlacesOf(config.backupPaths));
  return { ...config, components };
};

/** @throws Error for a component that would back up the installation's own archives. */
const refuseOwnArchives = (components: readonly ComponentSettings[], places: readonly S3Place[]): void => {
  const [wrong] = archivesWithin(components, places);
  if (wrong !== undefined) throw new Error(wrong);
};
