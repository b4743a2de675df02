/** What retention would do, before anything is done or saved. */

import { allows } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { planRetention, type Verdict } from '../../model/retention/plan.ts';
import type { PlannedBackup, RetentionPlan } from '../../model/retention/plan-view.ts';
import type { RetentionPolicy } from '../../model/retention/policy.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { requirePermission } from '../access/permissions.ts';
import { permittedSchedule } from '../schedules/read-schedules.ts';
import {
  groupOfLabel,
  groupOfSchedule,
  groupsWithPolicy,
  isOfGroup,
  type RetentionGroup,
  schedulesApart,
} from './groups.ts';

export interface PlanQuery {
  readonly skip: number;
  readonly limit: number;
  readonly schedule?: string | undefined;
  readonly label?: string | undefined;
  /** A policy to plan by, instead of the configured one. */
  readonly policy?: RetentionPolicy | undefined;
}

/**
 * What becomes of each backup of a schedule or a label, the newest first, and why.
 *
 * @throws `invalid_request` when there is no policy to plan by, `not_found` for an unknown schedule
 */
export const retentionPlan = async (
  host: Host,
  principal: Principal,
  { skip, limit, ...query }: PlanQuery,
): Promise<RetentionPlan> => {
  const groups = await groupsWithPolicy(host);
  const group = await askedGroup(host, principal, groups, query);
  const policy = query.policy ?? group.policy;
  if (policy === undefined)
    throw new HoldfastError(
      'invalid_request',
      `the ${group.of} "${group.name}" has no retention policy, so all of its backups stay; to see what rules would do, give some, such as --keep-daily 7 (in the API: policy, by POST)`,
    );
  requirePermission(principal, 'backup.read', group.home);
  const records = await recordsOf(host, groups, group);
  const verdicts = planRetention([...records.values()], policy, {
    now: host.clock.now(),
    timeZone: group.timeZone,
  });
  const removed = verdicts.filter(({ keep }) => !keep);
  const bytesOf = ({ backupId }: Verdict): number => records.get(backupId)?.archiveBytes ?? 0;
  return {
    skip,
    limit,
    total: verdicts.length,
    resources: verdicts.slice(skip, skip + limit).flatMap((verdict) => {
      const record = records.get(verdict.backupId);
      return record === undefined ? [] : [planned(verdict, record)];
    }),
    policy,
    timeZone: policy.timeZone ?? group.timeZone,
    kept: verdicts.length - removed.length,
    removed: removed.length,
    removedBytes: removed.reduce((sum, one) => sum + bytesOf(one), 0),
  };
};

const askedGroup = async (
  host: Host,
  principal: Principal,
  groups: readonly RetentionGroup[],
  { schedule, label }: Pick<PlanQuery, 'schedule' | 'label'>,
): Promise<RetentionGroup> => {
  if (schedule !== undefined && label !== undefined)
    throw new HoldfastError('invalid_request', 'schedule and label exclude each other: give one of them');
  if (label !== undefined) {
    // A label's policy applies to the backups of all domains, so planning with it shows them all.
    requirePermission(principal, 'schedule.read', null);
    return groupOfLabel(host, label);
  }
  if (schedule !== undefined)
    return groupOfSchedule(await permittedSchedule(host, principal, 'schedule.read', schedule));
  const seen = groups.filter(({ home }) => allows(principal.grants, 'schedule.read', home));
  const [only] = seen;
  if (only !== undefined && seen.length === 1) return only;
  const known = seen.map(({ of, name }) => `${of} ${name}`).join(', ');
  throw new HoldfastError(
    'invalid_request',
    `name a schedule or a label (--schedule ID, --label LABEL); ${known === '' ? 'none has a retention policy' : `these have a retention policy: ${known}`}`,
  );
};

const recordsOf = async (
  host: Host,
  groups: readonly RetentionGroup[],
  group: RetentionGroup,
): Promise<Map<string, BackupRecord>> => {
  const apart = schedulesApart(groups);
  const records = new Map<string, BackupRecord>();
  // A schedule's backups are searched under all labels, since its label may have changed.
  const within = group.of === 'label' ? { group: group.name } : {};
  for await (const record of everyRecord(host, 'backup', within))
    if (isOfGroup(group, record, apart)) records.set(record.id, record);
  return records;
};

const planned = (verdict: Verdict, record: BackupRecord): PlannedBackup => ({
  ...verdict,
  reasons: [...verdict.reasons],
  state: record.state,
  label: record.label,
  archiveBytes: record.archiveBytes,
  scheduleId: record.scheduleId,
  deleteAfter: record.deleteAfter ?? null,
});
