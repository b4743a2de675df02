import { HoldfastError } from '../model/errors.ts';
import { type BackupRecord, ROOT_DOMAIN } from '../model/records.ts';
import { type CreateBackupRequest, createBackupSchema } from '../model/requests.ts';
import { put } from '../ports/catalog.ts';
import type { Host } from '../ports/host.ts';
import { newBackupRecord } from './new-backup-record.ts';
import { outcomeEvent } from './outcome-event.ts';
import { requestBackup } from './request-backup.ts';

/**
 * A schedule's time has come. What an API caller would be told with a 409 is here a record of its own, FAILED, and an
 * event: nobody is waiting for the answer, and a backup that did not happen must not go unnoticed.
 */
export const runSchedule = async (host: Host, scheduleId: string): Promise<BackupRecord> => {
  const schedule = host.config.schedules.find(({ id }) => id === scheduleId);
  if (schedule === undefined)
    throw new HoldfastError('not_found', `there is no schedule "${scheduleId}" in holdfast.config.json`);
  const request = createBackupSchema.parse({
    label: schedule.label,
    components: schedule.components,
    description: `schedule ${scheduleId}`,
  });
  try {
    return await requestBackup(host, principalOf(scheduleId), request, { scheduleId });
  } catch (thrown) {
    return recordRefusal(host, scheduleId, request, thrown);
  }
};

const principalOf = (scheduleId: string) => ({
  name: `schedule ${scheduleId}`,
  role: 'administrator' as const,
});

const recordRefusal = async (
  host: Host,
  scheduleId: string,
  request: CreateBackupRequest,
  thrown: unknown,
): Promise<BackupRecord> => {
  const record = newBackupRecord(host, principalOf(scheduleId), request, {
    domain: ROOT_DOMAIN,
    components: host.config.components.filter(({ id }) => request.components?.includes(id) ?? true),
    scheduleId,
  });
  const refused: BackupRecord = {
    ...record,
    state: 'FAILED',
    shortError: whyRefused(thrown),
    completedAt: record.createdAt,
  };
  const operation = {
    id: refused.id,
    kind: 'backup' as const,
    backupId: refused.id,
    startedAt: refused.createdAt,
  };
  await host.catalog.commit([
    put('backup', refused, 'absent'),
    put('event', outcomeEvent(host, operation, refused), 'absent'),
  ]);
  host.log.warn('a scheduled backup did not start', {
    scheduleId,
    backupId: refused.id,
    shortError: refused.shortError,
  });
  return refused;
};

const whyRefused = (thrown: unknown): string => {
  if (!(thrown instanceof HoldfastError)) throw thrown;
  if (thrown.code !== 'operation_running') return thrown.message;
  const { operation } = thrown.details;
  const id =
    typeof operation === 'object' && operation !== null && 'id' in operation
      ? String(operation.id)
      : 'unknown';
  return `another backup is running: ${id}`;
};
