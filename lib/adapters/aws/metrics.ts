/** Numbers for CloudWatch in its embedded metric format: lines of the log that it makes metrics of, at no call's cost. */

import type { MetricUnit } from '../../model/monitoring/component-metrics.ts';

export interface MetricValue {
  readonly value: number;
  readonly unit: MetricUnit;
}

export interface MetricsOptions {
  /** `Holdfast/<installation>`, where the construct's alarms and dashboard look. */
  readonly namespace: string;
  /** Takes a line without its end. @default standard output */
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
   * @param dimensions what the numbers are told apart by: few values each, since every combination is a metric.
   * @param fields for whoever reads the log; not part of the metric.
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
