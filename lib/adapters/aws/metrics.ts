/**
 * Numbers for CloudWatch in its embedded metric format: log lines that CloudWatch turns into metrics, without a call.
 */

import type { MetricUnit } from '../../model/monitoring/component-metrics.ts';

export interface MetricValue {
  readonly value: number;
  readonly unit: MetricUnit;
}

export interface MetricsOptions {
  /** `Holdfast/<installation>`, the namespace of the construct's alarms and dashboard. */
  readonly namespace: string;
  /** Writes a line, given without its end. @default standard output */
  readonly write?: (line: string) => void;
}

export class Metrics {
  readonly #namespace: string;
  readonly #write: (line: string) => void;

  constructor({ namespace, write = (line) => process.stdout.write(`${line}\n`) }: MetricsOptions) {
    this.#namespace = namespace;
    this.#write = write;
  }

  /**
   * @param dimensions labels with few values each, since every combination is a metric
   * @param fields for people who read the log; not part of the metric
   */
  emit(
    dimensions: Readonly<Record<string, string>>,
    values: Readonly<Record<string, MetricValue>>,
    fields: Readonly<Record<string, string | number>> = {},
  ): void {
    const numbers = Object.entries(values);
    this.#write(
      JSON.stringify({
        _aws: {
          Timestamp: Date.now(),
          CloudWatchMetrics: [
            {
              Namespace: this.#namespace,
              Dimensions: [Object.keys(dimensions)],
              Metrics: numbers.map(([Name, { unit: Unit }]) => ({ Name, Unit })),
            },
          ],
        },
        level: 'info',
        message: 'metrics',
        ...fields,
        ...dimensions,
        ...Object.fromEntries(numbers.map(([name, { value }]) => [name, value])),
      }),
    );
  }
}
