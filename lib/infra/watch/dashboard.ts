import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryWidget,
  type Metric,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ComponentMetric } from '../../model/monitoring/component-metrics.ts';
import type { FunctionName } from '../functions/function-table.ts';
import type { InstallationFunction } from '../functions/installation-function.ts';
import type { OperationMachine } from '../functions/state-machines.ts';
import type { LogMetrics } from './metrics.ts';

export interface HoldfastDashboardProps {
  readonly installation: string;
  readonly url: string;
  readonly alarms: readonly Alarm[];
  readonly metrics: LogMetrics;
  readonly machines: readonly OperationMachine[];
  readonly functions: Readonly<Record<FunctionName, InstallationFunction>>;
  readonly logGroup: LogGroup;
  readonly runbookUrl: string;
}

const WIDTH = 24;
const HALF = WIDTH / 2;

/**
 * One page: whether the installation is well, what it has done, to which component, where time is spent, what went
 * wrong.
 */
export class HoldfastDashboard extends Construct {
  constructor(scope: Construct, id: string, props: HoldfastDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: `holdfast-${props.installation}`,
      periodOverride: PeriodOverride.AUTO,
      defaultInterval: Duration.days(7),
    });
    const rows = [
      [title(props)],
      [new AlarmStatusWidget({ alarms: [...props.alarms], width: WIDTH, height: 3 })],
      operationGraphs(props),
      amountGraphs(props.metrics),
      ageAndTimeGraphs(props.metrics),
      functionGraphs(props.functions),
      [warningsAndErrors(props.logGroup)],
    ];
    for (const row of rows) dashboard.addWidgets(...row);
  }
}

const title = ({ installation, url, runbookUrl }: HoldfastDashboardProps): TextWidget =>
  new TextWidget({
    markdown: `# Holdfast ${installation}\n${url} · [runbook](${runbookUrl})`,
    width: WIDTH,
    height: 2,
  });

const graph = (heading: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
  new GraphWidget({ title: heading, left, right, width: HALF, height: 6 });

const operationGraphs = ({ machines, metrics }: HoldfastDashboardProps): GraphWidget[] => [
  graph('Operations', [
    ...machines.map((machine) => machine.metricSucceeded({ label: `${machine.node.id} succeeded` })),
    metrics.failed,
    metrics.partial,
  ]),
  graph(
    'Lock and outbox, seconds',
    [metrics.lockHeldSeconds, metrics.outboxOldestSeconds],
    [metrics.leaseOverdueSeconds],
  ),
];

/** How much was captured and restored of each component. */
const amountGraphs = (metrics: LogMetrics): GraphWidget[] => {
  const sum = sumsOf(metrics);
  return [
    graph(
      'Captured from each component: bytes, and entries on the right',
      [sum('CapturedBytes', 'bytes of')],
      [sum('CapturedEntries', 'entries of')],
    ),
    graph(
      'Restored of each component: bytes, and entries on the right',
      [sum('RestoredBytes', 'bytes of')],
      [sum('RestoredEntries', 'entries of')],
    ),
  ];
};

/** How old each component's last success is, how long its work takes, and how often it fails. */
const ageAndTimeGraphs = (metrics: LogMetrics): GraphWidget[] => {
  const sum = sumsOf(metrics);
  const longest = (name: ComponentMetric, label: string): IMetric =>
    metrics.ofComponents(name, label, Stats.MAXIMUM);
  return [
    graph('Age of the last successful backup and of the last verified archive of each component, seconds', [
      longest('LastSuccessAge', 'success of'),
      longest('LastVerifiedAge', 'verified archive of'),
    ]),
    graph('Longest capture and restore of each component, seconds', [
      longest('CaptureSeconds', 'capture of'),
      longest('RestoreSeconds', 'restore of'),
    ]),
    graph(
      'Failed entries of each component, and repeated calls on the right',
      [sum('CapturesFailed', 'captures of'), sum('RestoresFailed', 'restores of')],
      [sum('Retries', 'calls for')],
    ),
  ];
};

const sumsOf =
  (metrics: LogMetrics) =>
  (name: ComponentMetric, label: string): IMetric =>
    metrics.ofComponents(name, label, Stats.SUM);

const functionGraphs = (functions: HoldfastDashboardProps['functions']): GraphWidget[] => {
  const ofEach = (metricOf: (each: InstallationFunction) => Metric): Metric[] =>
    Object.entries(functions).map(([functionName, each]) => metricOf(each).with({ label: functionName }));
  return [
    graph(
      'Function time, milliseconds',
      ofEach((each) => each.metricDuration({ statistic: 'Maximum' })),
    ),
    graph(
      'Function errors and throttles',
      ofEach((each) => each.metricErrors()),
      ofEach((each) => each.metricThrottles()),
    ),
  ];
};

const warningsAndErrors = (logGroup: LogGroup): LogQueryWidget =>
  new LogQueryWidget({
    title: 'Warnings and errors',
    logGroupNames: [logGroup.logGroupName],
    queryLines: [
      'fields @timestamp, level, message, operationId, fence',
      'filter level in ["warn", "error"]',
      'sort @timestamp desc',
      'limit 50',
    ],
    width: WIDTH,
    height: 8,
  });
