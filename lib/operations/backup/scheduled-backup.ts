import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { type OperationKind, operationSchema } from '../../model/records/operation.ts';
import { ROOT_DOMAIN } from '../../model/records/scope.ts';
import { type CreateBackupRequest, createBackupSchema } from '../../model/requests.ts';
import { put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { getRecord } from '../workflow/operation-record.ts';
import { tellOutcome } from '../workflow/outcome-event.ts';
import { earlierStart, type Idempotency, rememberStart } from '../workflow/start-operation.ts';
import { newBackupRecord } from './new-backup-record.ts';
import { requestBackup } from './request-backup.ts';

export interface ScheduledStart {
  scheduleId: string;
  /** The time that was due: the same one starts once, however often it is asked for. */
  at: Date;
}

/**
 * A schedule's time has come. What an API caller would be told with a 409 is here a record of its own, FAILED, and an
 * event: nobody is waiting for the answer, and a backup that did not happen must not go unnoticed.
 *
 * @throws what is no refusal: the host is to ask again.
 */
export const runSchedule = async (host: Host, start: ScheduledStart): Promise<BackupRecord> => {
  const { scheduleId } = start;
  const { idempotency, request } = onceFor(host, start);
  try {
    return await requestBackup(host, principalOf(scheduleId), request, {
      scheduleId,
      idempotencyKey: idempotency.key,
    });
  } catch (thrown) {
    return recordRefusal(host, start, whyRefused(thrown));
  }
};

/** A schedule's time went by while nothing ran that could have kept it: recorded and told like a failure. */
export const recordMissedSchedule = async (host: Host, start: ScheduledStart): Promise<BackupRecord> =>
  recordRefusal(host, start, {
    shortError: `missed: Holdfast was not running at ${start.at.toISOString()}`,
    errorCode: 'interrupted',
  });

/** One time of a schedule is one request, however often it is asked for and however it is answered. */
const onceFor = (host: Host, { scheduleId, at }: ScheduledStart) => {
  const request = requestOf(host, scheduleId);
  const idempotency: Idempotency = {
    key: `${scheduleId} ${at.toISOString()}`,
    principal: principalOf(scheduleId).name,
    request,
  };
  return { request, idempotency };
};

const requestOf = (host: Host, scheduleId: string): CreateBackupRequest => {
  const schedule = host.config.schedules.find(({ id }) => id === scheduleId);
  if (schedule === undefined)
    throw new HoldfastError('not_found', `there is no schedule "${scheduleId}" in holdfast.config.json`);
  return createBackupSchema.parse({
    label: schedule.label,
    components: schedule.components,
    description: `schedule ${scheduleId}`,
  });
};

const principalOf = (scheduleId: string) => ({
  name: `schedule ${scheduleId}`,
  role: 'administrator' as const,
});

/** Once for each time of a schedule: one that crashed before the time was noted as kept is asked again. */
const recordRefusal = async (
  host: Host,
  start: ScheduledStart,
  why: Pick<BackupRecord, 'shortError' | 'errorCode'>,
): Promise<BackupRecord> => {
  const { scheduleId } = start;
  const { idempotency, request } = onceFor(host, start);
  const earlier = await earlierStart(host, idempotency);
  if (earlier !== undefined) return getRecord(host, 'backup', earlier);
  const record = newBackupRecord(host, principalOf(scheduleId), request, {
    domain: ROOT_DOMAIN,
    components: host.config.components.filter(({ id }) => request.components?.includes(id) ?? true),
    scheduleId,
  });
  const refused: BackupRecord = { ...record, ...why, state: 'FAILED', completedAt: record.createdAt };
  const operation = {
    id: refused.id,
    kind: 'backup' as const,
    backupId: refused.id,
    startedAt: refused.createdAt,
  };
  await host.catalog.commit([
    put('backup', refused, 'absent'),
    rememberStart(host, refused.id, idempotency),
    ...tellOutcome(host, operation, 'backup', refused),
  ]);
  host.log.warn('a scheduled backup did not start', {
    scheduleId,
    backupId: refused.id,
    shortError: why.shortError,
  });
  return refused;
};

const inTheWay: Readonly<Record<OperationKind, string>> = {
  backup: 'another backup',
  restore: 'a restore',
  verify: 'a verification',
  import: 'an import',
  reseal: 'a re-seal',
};

const runningSchema = operationSchema.pick({ id: true, kind: true });

const whyRefused = (thrown: unknown): Pick<BackupRecord, 'shortError' | 'errorCode'> => {
  if (!(thrown instanceof HoldfastError) || thrown.code === 'unavailable' || thrown.code === 'internal')
    throw thrown;
  const { code: errorCode, message: shortError } = thrown;
  if (errorCode !== 'operation_running') return { shortError, errorCode };
  const { id, kind } = runningSchema.parse(thrown.details.operation);
  return { shortError: `${inTheWay[kind]} is running: ${id}`, errorCode };
};
