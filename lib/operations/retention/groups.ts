/** Which policy applies to a backup: that of its schedule, else that of its label, else none. */
import { ownValue } from '../../archive/own-value.ts';
import type { Home } from '../../model/access/permissions.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { homeOf } from '../../model/records/scope.ts';
import type { RetentionPolicy } from '../../model/retention/policy.ts';
import type { Schedule } from '../../model/schedules/schedule.ts';
import type { Host } from '../../ports/host.ts';
import { everySchedule, homeOfSchedule } from '../schedules/find-schedules.ts';

/** Backups to which one policy applies together. */
export interface RetentionGroup {
  readonly of: 'schedule' | 'label';
  /** The schedule's id, or the label. */
  readonly name: string;
  /** Undefined: all of them stay. */
  readonly policy: RetentionPolicy | undefined;
  /** The domain whose backups belong to the group; null: all domains. */
  readonly home: Home;
  /** The time zone in which a day begins, unless the policy names one. */
  readonly timeZone: string;
}

type Named = Pick<RetentionGroup, 'of' | 'name' | 'home'>;

/** The groups that have a policy, those of schedules first. */
export const groupsWithPolicy = async (host: Host): Promise<RetentionGroup[]> => [
  ...(await everySchedule(host)).filter(({ retention }) => retention !== undefined).map(groupOfSchedule),
  ...Object.keys(host.config.retention.labels).map((label) => groupOfLabel(host, label)),
];

export const groupOfLabel = ({ config }: Pick<Host, 'config'>, name: string): RetentionGroup => ({
  of: 'label',
  name,
  policy: ownValue(config.retention.labels, name),
  home: null,
  timeZone: 'UTC',
});

/** A domain's schedule has a group of that domain only, even if another domain had a schedule of this id before. */
export const groupOfSchedule = (schedule: Schedule): RetentionGroup => ({
  of: 'schedule',
  name: schedule.id,
  policy: schedule.retention,
  home: homeOfSchedule(schedule),
  timeZone: schedule.timeZone,
});

/** Whether a backup belongs to a group; `apart`: the schedules that have a policy of their own. */
export const isOfGroup = (
  { of, name, home }: Named,
  record: BackupRecord,
  apart: ReadonlySet<string>,
): boolean => {
  const { scheduleId, label } = record;
  if (of === 'schedule') return scheduleId === name && (home === null || homeOf(record) === home);
  return label === name && (scheduleId === null || !apart.has(scheduleId));
};

/** The schedules to whose backups no label's policy applies. */
export const schedulesApart = (groups: readonly RetentionGroup[]): ReadonlySet<string> =>
  new Set(groups.filter(({ of }) => of === 'schedule').map(({ name }) => name));
