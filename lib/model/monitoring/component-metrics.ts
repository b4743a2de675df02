/** What is counted of each component: the functions write it to their log, and the dashboard shows it. */

export type MetricUnit = 'Bytes' | 'Count' | 'Seconds';

/** By its name in CloudWatch, in its unit there. */
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
  /** How long ago the last backup ended that holds all of the component; said by the sweep, and left out where there is none. */
  LastSuccessAge: 'Seconds',
  /** How long ago its last good archive was read back whole. */
  LastVerifiedAge: 'Seconds',
} as const;

export type ComponentMetric = keyof typeof componentMetrics;

/** What the sweep says of the installation as a whole, by its name in CloudWatch. */
export const installationMetrics = {
  Backups: 'Count',
  Keys: 'Count',
  SchedulesOverdue: 'Count',
  DeliveriesWaiting: 'Count',
  DeliveriesDead: 'Count',
} as const;
export type InstallationMetric = keyof typeof installationMetrics;

/** What these metrics are told apart by: its values are the components' ids. */
export const COMPONENT_DIMENSION = 'Component';

/** Where all metrics of an installation stand. */
export const metricNamespace = (installation: string): string => `Holdfast/${installation}`;
