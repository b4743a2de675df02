/**
 * The text that monitoring reads: OpenMetrics 1.0, whose lines are all valid in the older format of Prometheus, too.
 */

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** One number, with its labels. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  /** Ends with its unit, if it has one. */
  readonly name: string;
  /** The older format has no type `info`; such a metric is a gauge whose name ends with `_info`. */
  readonly type: 'gauge';
  readonly unit?: 'seconds' | 'bytes';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const sampleLine = ({ name }: MetricFamily, { labels = {}, value }: Sample): string => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const shown = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
  return `${name}${shown} ${value}`;
};

/** A family without samples is left out. */
export const openMetricsText = (families: readonly MetricFamily[]): string => {
  const lines = families
    .filter(({ samples }) => samples.length > 0)
    .flatMap((family) => [
      `# TYPE ${family.name} ${family.type}`,
      ...(family.unit === undefined ? [] : [`# UNIT ${family.name} ${family.unit}`]),
      `# HELP ${family.name} ${escaped(family.help)}`,
      ...family.samples.map((sample) => sampleLine(family, sample)),
    ]);
  return `${[...lines, '# EOF'].join('\n')}\n`;
};
