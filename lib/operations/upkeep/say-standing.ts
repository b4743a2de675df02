/** Sends the numbers of `/v1/metrics` that alarms need, on hosts whose monitoring does not ask for them. */
import {
  COMPONENT_DIMENSION,
  type ComponentMetric,
  componentMetrics,
  type InstallationMetric,
  installationMetrics,
} from '../../model/monitoring/component-metrics.ts';
import type { MetricFamily, Sample } from '../../model/monitoring/open-metrics.ts';
import type { Host } from '../../ports/host.ts';
import { metricFamilies } from './metrics.ts';

const ages = {
  LastSuccessAge: 'holdfast_backup_last_success_timestamp_seconds',
  LastVerifiedAge: 'holdfast_backup_last_verified_timestamp_seconds',
} as const satisfies Partial<Record<ComponentMetric, string>>;

/** Numbers that are summed over all labels: a metric for each schedule would cost as much as one for each component. */
const totals: Readonly<Record<InstallationMetric, string>> = {
  Backups: 'holdfast_backups',
  Keys: 'holdfast_keys',
  SchedulesOverdue: 'holdfast_schedule_overdue',
  DeliveriesWaiting: 'holdfast_deliveries_waiting',
  DeliveriesDead: 'holdfast_deliveries_dead',
};

/** Does nothing on a host that does not take numbers. */
export const sayStanding = async (host: Host): Promise<void> => {
  if (host.measure === undefined) return;
  const families = await metricFamilies(host);
  const samplesOf = (name: string): readonly Sample[] =>
    families.find((family: MetricFamily) => family.name === name)?.samples ?? [];
  const now = host.clock.now().getTime() / 1000;
  for (const { id } of host.config.components) {
    const values = Object.entries(ages).flatMap(([metric, family]) => {
      const sample = samplesOf(family).find(({ labels }) => labels?.component === id);
      return sample === undefined ? [] : [[metric, Math.max(0, Math.round(now - sample.value))] as const];
    });
    if (values.length > 0)
      host.measure({ [COMPONENT_DIMENSION]: id }, Object.fromEntries(values), componentMetrics);
  }
  const sums = Object.entries(totals).map(([metric, family]) => [
    metric,
    samplesOf(family).reduce((sum, { value }) => sum + value, 0),
  ]);
  host.measure({}, Object.fromEntries(sums), installationMetrics);
};
