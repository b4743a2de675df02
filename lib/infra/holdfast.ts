/** Holdfast as a construct: the whole installation, for an app of its own or for another app. */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { bucketPrefixes } from '../model/aws-environment.ts';
import { channelSecrets, issuerSecrets, triggerSecrets } from '../model/config/aws-config.ts';
import type { Config } from '../model/config/config.ts';
import { acknowledge } from './acknowledge.ts';
import { DeployedConfig } from './deployed-config.ts';
import { environmentOf, storeEnvironmentOf } from './functions/environment.ts';
import { type FunctionName, functionNames, rowOf } from './functions/function-table.ts';
import { InstallationFunction } from './functions/installation-function.ts';
import { grantRights } from './functions/rights/grant-rights.ts';
import { sizeArns } from './functions/rights/merged-statements.ts';
import { holdToNamedResources } from './functions/rights/named-resources.ts';
import { machineKinds, OperationMachine } from './functions/state-machines.ts';
import type { HoldfastProps } from './holdfast-props.ts';
import { Api } from './http-api.ts';
import { configOf, refuseOwnArchives } from './props-config.ts';
import { BackupSchedules } from './starts/schedules.ts';
import { BackupTriggers } from './starts/triggers.ts';
import { placesOf } from './store/backup-places.ts';
import { HoldfastStore, type IHoldfastStore } from './store/holdfast-store.ts';
import { Alarms } from './watch/alarms.ts';
import { HoldfastDashboard } from './watch/dashboard.ts';
import { LogMetrics } from './watch/metrics.ts';
import { type Mail, Outcomes } from './watch/outcomes.ts';
import { Watch } from './watch/watch.ts';

const RUNBOOK = 'docs/runbook.md';

/** One installation of Holdfast. */
export class Holdfast extends Construct {
  readonly store: IHoldfastStore;
  /** Where the API answers. */
  readonly url: string;
  /** The topic that is told how every operation ends. */
  readonly outcomes: Outcomes;
  readonly functions: Readonly<Record<FunctionName, InstallationFunction>>;
  readonly machines: readonly OperationMachine[];
  readonly alarms: Alarms;
  readonly #metrics: LogMetrics;
  readonly #logGroup: LogGroup;
  readonly #deadLetters: Queue;

  constructor(scope: Construct, id: string, props: HoldfastProps) {
    super(scope, id);
    const config = configOf(props);
    const { installation } = config;
    const arnCharacters = sizeArns(this, config.components);
    const { concurrency = 40, logRetention = RetentionDays.THREE_MONTHS } = props;
    this.store = props.store ?? new HoldfastStore(this, 'Store');
    refuseOwnArchives(config.components, [{ bucket: this.store.bucket.bucketName, prefix: '' }]);
    this.outcomes = new Outcomes(this, 'Outcomes', {
      installation,
      email: props.email,
      secrets: channelSecrets(config),
    });
    this.#logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/holdfast/${installation}/functions`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#deadLetters = this.#queue();
    this.functions = this.#functions(config, props.email);
    const { functions } = this;
    this.#grantRights(props, config, arnCharacters);
    this.machines = machineKinds.map(
      (kind) =>
        new OperationMachine(this, kind, { kind, installation, functions, concurrency, logRetention }),
    );
    this.url = new Api(this, 'Http', { installation, functions, logRetention }).url;
    this.#startBackups(props, config);
    this.#watchOperations(installation);
    this.#metrics = new LogMetrics(this, 'Metrics', { logGroup: this.#logGroup, installation });
    this.alarms = this.#alarms(props, installation);
    this.#dashboard(props, installation);
    holdToNamedResources(this);
    this.#outputs();
  }

  /**
   * Allows a grantee to make administrators' tokens, by invoking the function of the output `AdminToken`. The holder of
   * such a token may do everything that the API can: grant it to few.
   */
  grantAdminToken(grantee: IGrantable): Grant {
    return this.functions['admin-token'].grantInvokeLatestVersion(grantee);
  }

  /**
   * Allows a grantee to begin the backup of any schedule, now, without a token: by invoking the function
   * `backupFunctionName` with `{"scheduleId": "nightly"}`. For a backup that begins in no other way, use a schedule
   * with `enabled: false`.
   */
  grantStartBackup(grantee: IGrantable): Grant {
    return this.functions['scheduled-backup'].grantInvokeLatestVersion(grantee);
  }

  /** The name of the function that `grantStartBackup` lets others invoke. */
  get backupFunctionName(): string {
    return this.functions['scheduled-backup'].functionName;
  }

  /**
   * Allows a grantee to read the archives in the store's bucket, for instance to copy them elsewhere. They stay
   * encrypted.
   */
  grantReadArchives(grantee: IGrantable): Grant {
    return this.store.bucket.grantRead(grantee, `${bucketPrefixes.archives}*`);
  }

  /** Allows a grantee to subscribe to the topic that is told how every operation ends. */
  grantSubscribe(grantee: IGrantable): Grant {
    return this.outcomes.topic.grantSubscribe(grantee);
  }

  /** Operations that ended as FAILED, and scheduled backups that did not begin. */
  metricOperationsFailed(options: MetricOptions = {}): Metric {
    return this.#metrics.failed.with(options);
  }

  /** Operations that ended as PARTIAL: they left something out. */
  metricOperationsPartial(options: MetricOptions = {}): Metric {
    return this.#metrics.partial.with(options);
  }

  /** Schedules whose time has passed without a backup. */
  metricMissedSchedules(options: MetricOptions = {}): Metric {
    return this.#metrics.missedSchedules.with(options);
  }

  /** For how many seconds one operation has held the lock; 0 while nothing runs. */
  metricLockHeldSeconds(options: MetricOptions = {}): Metric {
    return this.#metrics.lockHeldSeconds.with(options);
  }

  /** For how many seconds the oldest outcome has waited to be told. */
  metricOutboxOldestSeconds(options: MetricOptions = {}): Metric {
    return this.#metrics.outboxOldestSeconds.with(options);
  }

  #queue(): Queue {
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(queue, { 'AwsSolutions-SQS3': 'This is the dead-letter queue itself.' });
    return queue;
  }

  #functions(config: Config, email: Mail | undefined): Record<FunctionName, InstallationFunction> {
    const { store, outcomes } = this;
    const make = (
      functionName: FunctionName,
      environment: Readonly<Record<string, string>>,
    ): InstallationFunction =>
      new InstallationFunction(this, functionName, {
        functionName,
        logGroup: this.#logGroup,
        environment,
        ...(rowOf(functionName).deadLetters && { deadLetters: this.#deadLetters }),
      });
    const configure = make('configure', storeEnvironmentOf(store));
    const { key: configKey } = new DeployedConfig(this, 'Config', { config, configure });
    const { installation } = config;
    const environment = environmentOf(this, { installation, store, outcomes, email, configKey });
    return Object.fromEntries(
      functionNames.map((functionName) => [
        functionName,
        functionName === 'configure' ? configure : make(functionName, environment),
      ]),
    ) as Record<FunctionName, InstallationFunction>;
  }

  #grantRights(props: HoldfastProps, config: Config, arnCharacters: number): void {
    const { components, restoreTargets = [], backupPaths = [] } = props;
    grantRights({
      scope: this,
      installation: config.installation,
      functions: this.functions,
      store: this.store,
      components,
      restoreInPlace: config.restoreInPlace,
      restoreTargets,
      outcomes: this.outcomes,
      triggerSecrets: triggerSecrets(config),
      issuerSecrets: issuerSecrets(config),
      places: placesOf(this, backupPaths),
      arnCharacters,
    });
  }

  /** What begins backups without a request over the API. */
  #startBackups({ triggers = [] }: HoldfastProps, { installation, schedules }: Config): void {
    const { functions } = this;
    const deadLetters = this.#deadLetters;
    new BackupSchedules(this, 'Schedules', {
      installation,
      schedules,
      target: functions['scheduled-backup'],
      setters: [functions['api-schedules'], functions.sweep],
      deadLetters,
    });
    new BackupTriggers(this, 'Triggers', { triggers, target: functions['triggered-backup'], deadLetters });
  }

  #watchOperations(installation: string): void {
    new Watch(this, 'Watch', {
      installation,
      executionEnded: this.functions['execution-ended'],
      sweep: this.functions.sweep,
      deadLetters: this.#deadLetters,
    });
  }

  #alarms(props: HoldfastProps, installation: string): Alarms {
    const { longestOperation = Duration.hours(24), alarmTopic: topic, runbookUrl = RUNBOOK } = props;
    return new Alarms(this, 'Alarms', {
      installation,
      metrics: this.#metrics,
      deadLetters: this.#deadLetters,
      longestOperation,
      topic,
      runbookUrl,
    });
  }

  #dashboard({ runbookUrl = RUNBOOK }: HoldfastProps, installation: string): void {
    new HoldfastDashboard(this, 'Overview', {
      installation,
      url: this.url,
      alarms: this.alarms.all,
      metrics: this.#metrics,
      machines: this.machines,
      functions: this.functions,
      logGroup: this.#logGroup,
      runbookUrl,
    });
  }

  #outputs(): void {
    new CfnOutput(this, 'Url', { value: this.url, description: 'HOLDFAST_URL' });
    new CfnOutput(this, 'AdminToken', {
      value: this.functions['admin-token'].functionName,
      description: 'Invoke this function once to get the first administrator’s token',
    });
    new CfnOutput(this, 'OutcomesTopic', {
      value: this.outcomes.topic.topicArn,
      description: 'Subscribe to it to learn how operations end',
    });
  }
}
