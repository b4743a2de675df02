import { allows, reaches } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { DEFAULT_LABEL } from '../../model/ids.ts';
import type { Page } from '../../model/requests/page.ts';
import { DueTimes, type Timing } from '../../model/schedules/due-times.ts';
import { isActive, type PreviewScheduleRequest, type Schedule } from '../../model/schedules/schedule.ts';
import type { SchedulePreview, ScheduleView } from '../../model/schedules/schedule-view.ts';
import { neverDue, scheduleNotes } from '../../model/schedules/schedule-warnings.ts';
import { wallClockOf } from '../../model/schedules/wall-clock.ts';
import type { Host } from '../../ports/host.ts';
import { requirePermission } from '../access/permissions.ts';
import { everySchedule, findSchedule, homeOfSchedule, noSuchSchedule } from './find-schedules.ts';

const NEXT_RUNS = 5;

/** The schedules that the principal may read, in the order in which those of one minute begin. */
export const listSchedules = async (
  host: Host,
  { grants }: Principal,
  { skip, limit }: { skip: number; limit: number },
): Promise<Page<ScheduleView>> => {
  const all = (await everySchedule(host)).filter((one) =>
    allows(grants, 'schedule.read', homeOfSchedule(one)),
  );
  const resources = all.slice(skip, skip + limit).map((schedule) => viewOf(host, schedule));
  return { skip, limit, total: all.length, resources };
};

/** @throws `not_found`, for one of a domain out of reach, too; `forbidden` */
export const showSchedule = async (host: Host, principal: Principal, id: string): Promise<ScheduleView> =>
  viewOf(host, await permittedSchedule(host, principal, 'schedule.read', id));

/** @throws `not_found`, for one of a domain out of reach, too; `forbidden` */
export const permittedSchedule = async (
  host: Host,
  principal: Principal,
  permission: 'schedule.read' | 'schedule.write',
  id: string,
): Promise<Schedule> => {
  const schedule = await findSchedule(host, id);
  if (schedule === undefined || !reaches(principal.grants, homeOfSchedule(schedule)))
    throw noSuchSchedule(id);
  requirePermission(principal, permission, homeOfSchedule(schedule));
  return schedule;
};

/** Previews the due times of a schedule that is not saved. */
export const previewSchedule = (
  { clock }: Pick<Host, 'clock'>,
  timing: PreviewScheduleRequest,
): SchedulePreview => {
  const now = clock.now();
  const { id, ...times } = timing;
  const next = new DueTimes({ ...times, ...(id !== undefined && { id }) }).nextOf(NEXT_RUNS, now);
  return { nextRuns: shownRuns(next, timing.timeZone), notes: notesOf(times, next, now) };
};

const shownRuns = (times: readonly Date[], timeZone: string): ScheduleView['nextRuns'] => {
  const clock = wallClockOf(timeZone);
  return times.map((at) => ({ at: at.toISOString(), local: clock.shown(at) }));
};

export const viewOf = (host: Host, schedule: Schedule): ScheduleView => {
  const { stored, version, label, components, domain, keyId, startAt, endAt, retention, ...said } = schedule;
  const now = host.clock.now();
  const next = new DueTimes(schedule).nextOf(NEXT_RUNS, now);
  const { id, cron, timeZone, jitterMinutes, description, scope, verification, catchUp, waitMinutes } = said;
  return {
    id,
    managed: stored === undefined ? 'configuration' : 'api',
    state: stateOf(schedule, next),
    stateReason: stored?.stopped?.reason ?? '',
    ...{ cron, timeZone, jitterMinutes, description, scope, verification, catchUp, waitMinutes },
    startAt: startAt ?? null,
    endAt: endAt ?? null,
    label: label ?? DEFAULT_LABEL,
    domain: domain ?? null,
    components: components ?? null,
    keyId: keyId ?? null,
    retention: retention ?? null,
    pingHost: schedule.pingHost ?? null,
    nextRuns: isActive(schedule) ? shownRuns(next, schedule.timeZone) : [],
    notes: notesOf(schedule, next, now),
    version: version ?? null,
    createdAt: stored?.createdAt ?? null,
    createdBy: stored?.createdBy ?? null,
    updatedAt: stored?.updatedAt ?? null,
    updatedBy: stored?.updatedBy ?? null,
  };
};

const notesOf = (timing: Timing, next: readonly Date[], now: Date): string[] =>
  next.length === 0 ? [neverDue(timing, now)] : scheduleNotes(timing, now);

const stateOf = ({ enabled, stored }: Schedule, next: readonly Date[]): ScheduleView['state'] => {
  if (stored != null && stored.stopped !== null) return 'stopped';
  if (!enabled) return 'paused';
  return next.length === 0 ? 'ended' : 'active';
};
