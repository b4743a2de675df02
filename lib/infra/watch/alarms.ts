/** The alarms; each names its section of docs/runbook.md. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LogMetrics } from './metrics.ts';

export interface AlarmsProps {
  readonly installation: string;
  readonly metrics: LogMetrics;
  readonly deadLetters: IQueue;
  /** An operation that runs longer raises an alarm. */
  readonly longestOperation: Duration;
  readonly topic: ITopic | undefined;
  readonly runbookUrl: string;
}

interface AlarmRow {
  /** The section of the runbook. */
  readonly section: string;
  readonly what: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** For how many consecutive periods of five minutes. @default 1 */
  readonly periods?: number;
  /** Whether the alarm is raised when fewer values than the threshold arrive, or none. */
  readonly silence?: true;
}

const rowsOf = ({ metrics, deadLetters, longestOperation }: AlarmsProps): AlarmRow[] => [
  {
    section: 'operation-failed',
    what: 'A backup, restore or verification failed, or the lock was taken when a schedule was due.',
    metric: metrics.failed,
    threshold: 1,
  },
  {
    section: 'operation-partial',
    what: 'A backup or restore left something out.',
    metric: metrics.partial,
    threshold: 1,
  },
  {
    section: 'operation-stuck',
    what: 'The lease of the lock has expired, and nothing has released the lock.',
    metric: metrics.leaseOverdueSeconds,
    threshold: Duration.minutes(10).toSeconds(),
    periods: 2,
  },
  {
    section: 'lock-held-too-long',
    what: `One operation has held the lock for more than ${longestOperation.toHumanString()}.`,
    metric: metrics.lockHeldSeconds,
    threshold: longestOperation.toSeconds(),
  },
  {
    section: 'missed-schedule',
    what: 'A schedule was due, and no backup started, not even one that failed.',
    metric: metrics.missedSchedules,
    threshold: 1,
    periods: 2,
  },
  {
    section: 'outbox-waiting',
    what: 'The outcome of an operation could not be delivered for half an hour.',
    metric: metrics.outboxOldestSeconds,
    threshold: Duration.minutes(30).toSeconds(),
  },
  {
    section: 'dead-deliveries',
    what: 'Within the last day the delivery of a notice to a channel was given up: somebody was not notified.',
    metric: metrics.newDeadDeliveries,
    threshold: 1,
  },
  {
    section: 'sweep-silent',
    what: 'The sweep has not reported the state of the installation for 20 minutes: the other alarms do not work.',
    metric: metrics.lockHeldSeconds.with({ statistic: Stats.SAMPLE_COUNT }),
    threshold: 1,
    periods: 4,
    silence: true,
  },
  {
    section: 'dead-letters',
    what: 'A schedule, a sweep or the end of an execution could not be handled.',
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
    threshold: 1,
  },
];

export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.all = rowsOf(props).map((row) => this.#alarm(row, props));
  }

  #alarm(row: AlarmRow, { installation, runbookUrl, topic }: AlarmsProps): Alarm {
    const { section, what, metric, threshold, periods = 1, silence = false } = row;
    const options: CreateAlarmOptions = {
      alarmName: `holdfast-${installation}-${section}`,
      alarmDescription: `${what} ${runbookUrl}#${section}`,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: silence
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    };
    const alarm = new Alarm(this, section, { metric, ...options });
    if (topic !== undefined) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
    return alarm;
  }
}
