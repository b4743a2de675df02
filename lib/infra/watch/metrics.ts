/**
 * Metrics from the structured log: how operations end, the vital signs that the sweep writes, and the metrics of each
 * component that the functions write.
 */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, type Metric, SearchExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  COMPONENT_DIMENSION,
  type ComponentMetric,
  metricNamespace,
} from '../../model/monitoring/component-metrics.ts';

/** How often the sweep runs, and so how often vital signs come. */
export const SWEEP_PERIOD = Duration.minutes(5);

export class LogMetrics extends Construct {
  readonly failed: Metric;
  readonly partial: Metric;
  readonly lockHeldSeconds: Metric;
  readonly leaseOverdueSeconds: Metric;
  readonly outboxOldestSeconds: Metric;
  readonly missedSchedules: Metric;
  readonly newDeadDeliveries: Metric;
  readonly #logGroup: LogGroup;
  readonly #namespace: string;

  constructor(
    scope: Construct,
    id: string,
    { logGroup, installation }: { logGroup: LogGroup; installation: string },
  ) {
    super(scope, id);
    this.#logGroup = logGroup;
    this.#namespace = metricNamespace(installation);
    this.failed = this.#count('OperationsFailed', [
      '* ended: FAILED',
      // A start that found the lock held has no run that could end.
      'a scheduled backup did not start',
      'a triggered backup did not start',
    ]);
    this.partial = this.#count('OperationsPartial', ['* ended: PARTIAL']);
    this.lockHeldSeconds = this.#vitalSign('LockHeldSeconds');
    this.leaseOverdueSeconds = this.#vitalSign('LeaseOverdueSeconds');
    this.outboxOldestSeconds = this.#vitalSign('OutboxOldestSeconds');
    this.missedSchedules = this.#vitalSign('MissedSchedules');
    this.newDeadDeliveries = this.#vitalSign('NewDeadDeliveries');
  }

  /**
   * A metric for every component that has one, found by search: the components of an imported archive are not known
   * here.
   */
  ofComponents(metricName: ComponentMetric, label: string, statistic: string): IMetric {
    const search = `{"${this.#namespace}",${COMPONENT_DIMENSION}} MetricName="${metricName}"`;
    return new SearchExpression({
      expression: `SEARCH('${search}', '${statistic}')`,
      label,
      period: SWEEP_PERIOD,
    });
  }

  #count(metricName: string, messages: readonly string[]): Metric {
    const patterns = messages.map((message) => FilterPattern.stringValue('$.message', '=', message));
    return this.#filter(metricName, FilterPattern.any(...patterns), '1').metric({
      statistic: Stats.SUM,
      period: SWEEP_PERIOD,
    });
  }

  /** `LockHeldSeconds` is the field lockHeldSeconds of a line "vital signs". */
  #vitalSign(metricName: string): Metric {
    const field = `$.${metricName.charAt(0).toLowerCase()}${metricName.slice(1)}`;
    return this.#filter(metricName, FilterPattern.stringValue('$.message', '=', 'vital signs'), field).metric(
      { statistic: Stats.MAXIMUM, period: SWEEP_PERIOD },
    );
  }

  #filter(
    metricName: string,
    filterPattern: ReturnType<typeof FilterPattern.any>,
    metricValue: string,
  ): MetricFilter {
    return new MetricFilter(this, metricName, {
      logGroup: this.#logGroup,
      metricNamespace: this.#namespace,
      metricName,
      filterPattern,
      metricValue,
    });
  }
}
