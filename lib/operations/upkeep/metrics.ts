/**
 * The state of the installation in numbers, computed from the catalog at each request. Counters of a process would be
 * lost at its next start, and would differ between processes.
 */
import type { MetricFamily, Sample } from '../../model/monitoring/open-metrics.ts';
import { backupResults, type LastBackup, type Outlook } from '../../model/records/last-backups.ts';
import { DueTimes } from '../../model/schedules/due-times.ts';
import { isActive, type Schedule } from '../../model/schedules/schedule.ts';
import { PRODUCT_VERSION } from '../../model/version.ts';
import type { Host } from '../../ports/host.ts';
import { freeBytes } from './free-bytes.ts';
import { type Outlooks, readLastBackups, toldSchedules } from './read-last-backups.ts';

/** The metrics. Labels are components of the configuration, and schedules up to a limit. */
export const metricFamilies = async (host: Host): Promise<MetricFamily[]> => {
  const schedules = await toldSchedules(host);
  const { components: byComponent, schedules: bySchedule } = await readLastBackups(
    host,
    schedules.map(({ id }) => id),
  );
  return [
    ...ofBackups('component', byComponent),
    ...ofBackups('schedule', bySchedule),
    ...ofSchedules(host, schedules, bySchedule),
    ...(await ofInstallation(host)),
  ];
};

const secondsOf = (instant: string): number => Date.parse(instant) / 1000;
const tookSeconds = ({ createdAt, endedAt }: LastBackup): number =>
  Math.max(0, secondsOf(endedAt) - secondsOf(createdAt));

/** `holdfast_backup_...` of components, `holdfast_schedule_...` of schedules. */
const ofBackups = (of: 'component' | 'schedule', all: Outlooks): MetricFamily[] => {
  const prefix = of === 'component' ? 'holdfast_backup' : 'holdfast_schedule';
  const samples = (of_: (outlook: Outlook) => number | undefined | null): Sample[] =>
    [...all].flatMap(([id, outlook]) => {
      const value = of_(outlook);
      return value == null ? [] : [{ labels: { [of]: id }, value }];
    });
  const when = (last: LastBackup | null): number | null => last && secondsOf(last.endedAt);
  return [
    {
      ...{ name: `${prefix}_last_success_timestamp_seconds`, type: 'gauge', unit: 'seconds' },
      help: `When the last backup of the ${of} ended that holds all of it and was read back.`,
      samples: samples(({ success }) => when(success)),
    },
    {
      ...{ name: `${prefix}_last_attempt_timestamp_seconds`, type: 'gauge', unit: 'seconds' },
      help: `When the last backup of the ${of} ended, whatever its result.`,
      samples: samples(({ attempt }) => when(attempt)),
    },
    {
      ...{ name: `${prefix}_last_result`, type: 'gauge' },
      help: `How the last backup of the ${of} ended: 1 at its result, 0 at the others.`,
      samples: [...all].flatMap(([id, { attempt }]) =>
        attempt === null
          ? []
          : backupResults.map((result) => ({
              labels: { [of]: id, result },
              value: attempt.result === result ? 1 : 0,
            })),
      ),
    },
    {
      ...{ name: `${prefix}_duration_seconds`, type: 'gauge', unit: 'seconds' },
      help: `How long the last successful backup of the ${of} took, with all that it holds.`,
      samples: samples(({ success }) => success && tookSeconds(success)),
    },
    {
      ...{ name: `${prefix}_size_bytes`, type: 'gauge', unit: 'bytes' },
      help: `How much the last successful backup of the ${of} read.`,
      samples: samples(({ success }) => success?.sourceBytes),
    },
    {
      ...{ name: `${prefix}_last_verified_timestamp_seconds`, type: 'gauge', unit: 'seconds' },
      help: `When the last good backup of the ${of} was last read back whole.`,
      samples: samples(({ verified }) =>
        verified?.verifiedAt == null ? undefined : secondsOf(verified.verifiedAt),
      ),
    },
  ] as MetricFamily[];
};

/** How late a schedule may run, after a cold start or a repeated one; later is overdue. */
const GRACE_MILLISECONDS = 15 * 60_000;

const ofSchedules = (host: Host, schedules: readonly Schedule[], bySchedule: Outlooks): MetricFamily[] => {
  const now = host.clock.now();
  const next: Sample[] = [];
  const overdue: Sample[] = [];
  for (const schedule of schedules.filter(isActive)) {
    const labels = { schedule: schedule.id };
    const due = new DueTimes(schedule);
    const at = due.next(now);
    if (at !== undefined) next.push({ labels, value: at.getTime() / 1000 });
    const attempt = bySchedule.get(schedule.id)?.attempt;
    // A schedule that has never run is not overdue here: the watch for missed schedules handles it.
    const missed =
      attempt != null &&
      due.lastBetween(
        new Date(Date.parse(attempt.createdAt) + 60_000),
        new Date(now.getTime() - GRACE_MILLISECONDS),
      ) !== undefined;
    overdue.push({ labels, value: missed ? 1 : 0 });
  }
  return [
    {
      ...{ name: 'holdfast_schedule_next_run_timestamp_seconds', type: 'gauge', unit: 'seconds' },
      help: 'When the schedule is due next.',
      samples: next,
    },
    {
      ...{ name: 'holdfast_schedule_overdue', type: 'gauge' },
      help: 'Whether a time of the schedule passed 15 minutes ago or more, and no backup began.',
      samples: overdue,
    },
  ];
};

const ofInstallation = async (host: Host): Promise<MetricFamily[]> => {
  const now = host.clock.now().getTime();
  const { holder } = await host.catalog.lock();
  const [backups, keys, events] = await Promise.all(
    (['backup', 'key', 'event'] as const).map((kind) => host.catalog.list(kind, { limit: 0 })),
  );
  const [waiting, dead] = await Promise.all(
    (['waiting', 'dead'] as const).map((group) => host.catalog.list('delivery', { group, limit: 0 })),
  );
  const free = await freeBytes(host);
  const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ value }]);
  return [
    { name: 'holdfast_backups', type: 'gauge', help: 'Records of backups.', samples: one(backups?.total) },
    { name: 'holdfast_keys', type: 'gauge', help: 'Backup keys.', samples: one(keys?.total) },
    {
      ...{ name: 'holdfast_events_waiting', type: 'gauge' },
      help: 'Events that no channel has taken yet.',
      samples: one(events?.total),
    },
    {
      ...{ name: 'holdfast_deliveries_waiting', type: 'gauge' },
      help: 'Deliveries of notices that are still to be made.',
      samples: one(waiting?.total),
    },
    {
      ...{ name: 'holdfast_deliveries_dead', type: 'gauge' },
      help: 'Deliveries of notices that were given up.',
      samples: one(dead?.total),
    },
    {
      ...{ name: 'holdfast_lock_held', type: 'gauge' },
      help: 'Whether an operation runs.',
      samples: one(holder === undefined ? 0 : 1),
    },
    {
      ...{ name: 'holdfast_lock_held_seconds', type: 'gauge', unit: 'seconds' },
      help: 'How long the operation that runs has run; 0 when none does.',
      samples: one(holder === undefined ? 0 : Math.max(0, (now - Date.parse(holder.startedAt)) / 1000)),
    },
    {
      ...{ name: 'holdfast_store_free_bytes', type: 'gauge', unit: 'bytes' },
      help: 'What may still be written to the place of archives; left out where that does not end.',
      samples: one(free),
    },
    {
      ...{ name: 'holdfast_build_info', type: 'gauge' },
      help: 'The version that runs.',
      samples: [{ labels: { version: PRODUCT_VERSION, host: host.name }, value: 1 }],
    },
  ];
};
