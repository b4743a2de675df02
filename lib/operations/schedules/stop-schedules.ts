/** A schedule may do no more than the principal who answers for it, and nothing once they may do nothing. */
import { domainsOfHomes } from '../../model/records/scope.ts';
import { ofRecord, type StoredSchedule } from '../../model/schedules/schedule.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { presentGrants } from '../access/maker.ts';
import { audited } from '../audit/act.ts';
import { bySystem, doneBySystem } from '../audit/system.ts';
import { commitUnlessTaken } from '../task/fresh-commit.ts';
import { tell } from '../task/tell.ts';
import { domainOfSchedule, homeOfSchedule } from './find-schedules.ts';

/** Stops a schedule and tells of it, once; a schedule that was changed or deleted meanwhile is left as it is. */
export const stopSchedule = async (host: Host, id: string): Promise<void> => {
  const found = await host.catalog.get('storedSchedule', id);
  if (found === undefined || found.record.stopped !== null) return;
  const { record, version } = found;
  const reason = `${record.maker.name}, who is responsible for it, has no rights any more: the token was revoked or has expired, or the person was disabled or removed`;
  const changes: Change[] = [
    put('storedSchedule', { ...record, stopped: { at: timestamp(host.clock), reason } }, version),
    { remove: 'schedule', id },
    tell(host, {
      type: 'schedule.stopped',
      scheduleId: id,
      ...domainOfSchedule(ofRecord(record)),
      title: `the schedule ${id} has stopped`,
      shortError: reason,
      lines: [reason, 'it starts no backups until somebody resumes it, who is then responsible for it'],
      nextSteps: ['To resume it:', `  holdfast schedule resume ${id}`],
    }),
  ];
  const isStopped = await audited(
    host,
    {
      principal: bySystem('schedules'),
      action: 'schedule.stop',
      subject: `schedules/${id}`,
      domains: domainsOfHomes([homeOfSchedule(ofRecord(record))]),
      note: reason.slice(0, 300),
    },
    () => commitUnlessTaken(host.catalog, changes),
    doneBySystem,
  );
  if (isStopped) host.log.warn('a schedule was stopped', { scheduleId: id, reason });
};

/** Checks all schedules, whenever they are due. */
export const stopOrphanedSchedules = async (host: Host): Promise<void> => {
  const known = new Map<string, boolean>();
  const isGone = async ({ id, kind }: StoredSchedule['maker']): Promise<boolean> => {
    const key = `${kind} ${id}`;
    const gone = known.get(key) ?? (await presentGrants(host, { id, kind })) === undefined;
    known.set(key, gone);
    return gone;
  };
  for await (const { id, enabled, stopped, maker } of everyRecord(host, 'storedSchedule'))
    if (enabled && stopped === null && (await isGone(maker))) await stopSchedule(host, id);
};
