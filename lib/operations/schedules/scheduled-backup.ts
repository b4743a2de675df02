import type { Grant } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { domainsOfHomes } from '../../model/records/scope.ts';
import { type CreateBackupRequest, createBackupSchema } from '../../model/requests/backups.ts';
import type { Schedule } from '../../model/schedules/schedule.ts';
import { presentGrants } from '../access/maker.ts';
import { audited } from '../audit/act.ts';
import { type Refusal, recordRefusedStart, whyRefused } from '../backup/refused-start.ts';
import { requestBackup } from '../backup/request-backup.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import type { Idempotency } from '../engine/start-operation.ts';
import { tell } from '../task/tell.ts';
import { domainOfSchedule, findSchedule, homeOfSchedule, noSuchSchedule } from './find-schedules.ts';
import { stopSchedule } from './stop-schedules.ts';

export interface ScheduledStart {
  scheduleId: string;
  /** The time that was due: each time starts once, however often it is asked for. */
  at: Date;
}

/** A backup, begun or refused; or the run waits for another operation to end; or the schedule may not run any more. */
export type ScheduledRun = BackupRecord | 'waits' | 'stopped';

/**
 * Begins the backup of a schedule's due time. A refusal, for which an API caller would get a 409, becomes a FAILED
 * record and an event here: nobody reads an answer, and a backup that did not happen must not go unnoticed.
 *
 * @throws any error other than a refusal: the host must call again.
 */
export const runSchedule = async (host: OperatingHost, start: ScheduledStart): Promise<ScheduledRun> => {
  const schedule = await findSchedule(host, start.scheduleId);
  return audited(
    host,
    {
      principal: principalOf(start.scheduleId, []),
      action: 'schedule.run',
      permission: 'backup.create',
      subject: `schedules/${start.scheduleId}`,
      domains: schedule && domainsOfHomes([homeOfSchedule(schedule)]),
    },
    () => beginScheduled(host, start),
    (run) =>
      typeof run === 'string'
        ? { outcome: 'refused', status: null, code: run === 'waits' ? 'operation_running' : 'forbidden' }
        : {
            outcome: run.state === 'FAILED' ? 'refused' : 'done',
            status: null,
            code: run.errorCode ?? null,
            made: `backups/${run.id}`,
          },
  );
};

const beginScheduled = async (host: OperatingHost, start: ScheduledStart): Promise<ScheduledRun> => {
  const schedule = await scheduleOf(host, start);
  const grants = await grantsFor(host, schedule);
  if (grants === undefined) {
    await stopSchedule(host, schedule.id);
    return 'stopped';
  }
  const { idempotency, request } = onceFor(schedule, start);
  try {
    return await requestBackup(host, principalOf(schedule.id, grants), request, {
      scheduleId: schedule.id,
      idempotencyKey: idempotency.key,
    });
  } catch (thrown) {
    if (isLocked(thrown) && mayWait(host, schedule, start)) return 'waits';
    return recordRefusal(host, start, whyRefused(thrown));
  }
};

/** Schedules of the configuration have the rights of an operator; any other has the present rights of its maker. */
const grantsFor = (
  host: OperatingHost,
  { stored }: Schedule,
): Promise<readonly Grant[] | undefined> | readonly Grant[] =>
  stored === undefined ? [{ role: 'operator' }] : presentGrants(host, stored.maker);

const isLocked = (thrown: unknown): boolean =>
  thrown instanceof HoldfastError && thrown.code === 'operation_running';

const mayWait = (host: OperatingHost, { waitMinutes }: Schedule, { at }: ScheduledStart): boolean =>
  host.clock.now().getTime() < at.getTime() + waitMinutes * 60_000;

/** Records and tells like a failure that a schedule's time passed while nothing ran that could have kept it. */
export const recordMissedSchedule = (host: OperatingHost, start: ScheduledStart): Promise<BackupRecord> =>
  recordRefusal(
    host,
    start,
    {
      shortError: `missed: Holdfast was not running at ${start.at.toISOString()}`,
      errorCode: 'interrupted',
    },
    'schedule.missed',
  );

/** Records that a run waited for another operation to end until the schedule's next time came. */
export const recordVainWait = (host: OperatingHost, start: ScheduledStart): Promise<BackupRecord> =>
  recordRefusal(host, start, {
    shortError: `another operation ran from ${start.at.toISOString()} until the schedule's next time came`,
    errorCode: 'operation_running',
  });

/** Tells of a run that begins because it was missed before. */
export const tellLate = async (host: OperatingHost, start: ScheduledStart): Promise<void> => {
  const { scheduleId, at } = start;
  await host.catalog.commit([
    tell(host, {
      type: 'schedule.late',
      scheduleId,
      ...domainOfSchedule(await scheduleOf(host, start)),
      title: `the schedule ${scheduleId} runs late`,
      lines: [`it was due at ${at.toISOString()}, when Holdfast was not running, and runs now`],
    }),
  ]);
};

const scheduleOf = async (host: OperatingHost, { scheduleId }: ScheduledStart): Promise<Schedule> => {
  const schedule = await findSchedule(host, scheduleId);
  if (schedule === undefined) throw noSuchSchedule(scheduleId);
  return schedule;
};

/** One time of a schedule is one request, however often it is made and whatever its answer. */
const onceFor = (schedule: Schedule, { at }: ScheduledStart) => {
  const { id } = schedule;
  const request = backupOf(schedule);
  const idempotency: Idempotency = {
    key: `${id} ${at.toISOString()}`,
    principal: principalOf(id, []).name,
    request,
  };
  return { request, idempotency };
};

/** The backup that a schedule asks for. */
export const backupOf = ({
  label,
  description,
  scope,
  domain,
  components,
  keyId,
  verification,
}: Schedule): CreateBackupRequest =>
  createBackupSchema.parse({
    ...{ label, description, scope, domain, components, keyId },
    // A time of a schedule is identified by its request. The usual value is left out of it, as in earlier versions, so
    // that their requests stay the same.
    ...(verification === 'deep' && { verification }),
  });

const principalOf = (scheduleId: string, grants: readonly Grant[]): Principal => ({
  id: scheduleId,
  name: `schedule ${scheduleId}`,
  kind: 'schedule',
  grants,
});

/** Once for each time of a schedule: after a crash before the time was noted as kept, this is called again. */
const recordRefusal = async (
  host: OperatingHost,
  start: ScheduledStart,
  why: Refusal,
  event?: 'schedule.missed',
): Promise<BackupRecord> => {
  const { scheduleId } = start;
  const { idempotency, request } = onceFor(await scheduleOf(host, start), start);
  const { record, isNew } = await recordRefusedStart(host, principalOf(scheduleId, []), {
    ...{ request, idempotency, why, scheduleId },
    ...(event !== undefined && { tell: (refused) => [tellMissed(host, start, refused)] }),
  });
  if (isNew)
    host.log.warn('a scheduled backup did not start', {
      scheduleId,
      backupId: record.id,
      shortError: why.shortError,
    });
  return record;
};

const tellMissed = (
  host: OperatingHost,
  { scheduleId, at }: ScheduledStart,
  { id, shortError, scope, domain }: BackupRecord,
) =>
  tell(host, {
    type: 'schedule.missed',
    scheduleId,
    ...(scope === 'domain' && { domain }),
    backupId: id,
    title: `the schedule ${scheduleId} was missed`,
    shortError,
    lines: [
      `it was due at ${at.toISOString()}, and Holdfast was not running; there is no backup of that time`,
      `record: ${id}`,
    ],
    nextSteps: ['To create one now:', `  holdfast schedule run ${scheduleId}`],
  });
