/** The metrics of each component: the functions write them to their log, and the dashboard shows them. */

export type MetricUnit = 'Bytes' | 'Count' | 'Seconds';

/** Each metric by its name in CloudWatch, with its unit there. */
export const componentMetrics = {
  CapturedBytes: 'Bytes',
  CapturedEntries: 'Count',
  CaptureSeconds: 'Seconds',
  CapturesFailed: 'Count',
  RestoredBytes: 'Bytes',
  RestoredEntries: 'Count',
  RestoreSeconds: 'Seconds',
  RestoresFailed: 'Count',
  /** Calls that the SDK repeated. */
  Retries: 'Count',
  /**
   * Time since the end of the last backup that holds all of the component; the sweep writes it, unless there is no such
   * backup.
   */
  LastSuccessAge: 'Seconds',
  /** Time since its last good archive was read back whole. */
  LastVerifiedAge: 'Seconds',
} as const;

export type ComponentMetric = keyof typeof componentMetrics;

/** The sweep's metrics of the whole installation, by name in CloudWatch. */
export const installationMetrics = {
  Backups: 'Count',
  Keys: 'Count',
  SchedulesOverdue: 'Count',
  DeliveriesWaiting: 'Count',
  DeliveriesDead: 'Count',
} as const;
export type InstallationMetric = keyof typeof installationMetrics;

/** The dimension of these metrics: its values are the components' ids. */
export const COMPONENT_DIMENSION = 'Component';

/** The namespace of all metrics of an installation. */
export const metricNamespace = (installation: string): string => `Holdfast/${installation}`;
