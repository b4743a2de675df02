/** What is counted of each component: the functions write it to their log, and the dashboard shows it. */

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
} as const;

export type ComponentMetric = keyof typeof componentMetrics;

/** What these metrics are told apart by: its values are the components' ids. */
export const COMPONENT_DIMENSION = 'Component';

/** Where all metrics of an installation stand. */
export const metricNamespace = (installation: string): string => `Holdfast/${installation}`;
