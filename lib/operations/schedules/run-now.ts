import type { Principal } from '../../model/access/principal.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { requestBackup } from '../backup/request-backup.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import type { StartOptions } from '../engine/start-once.ts';
import { permittedSchedule } from './read-schedules.ts';
import { backupOf } from './scheduled-backup.ts';

/**
 * Begins the backup of a schedule now, with the rights of the caller, whether the schedule is paused or not. This is
 * not one of the schedule's times: the next one is due as before.
 *
 * @throws `not_found`, `forbidden`; and as `requestBackup`
 */
export const runNow = async (
  host: OperatingHost,
  principal: Principal,
  id: string,
  options: StartOptions,
): Promise<BackupRecord> => {
  const schedule = await permittedSchedule(host, principal, 'schedule.write', id);
  return requestBackup(host, principal, backupOf(schedule), { ...options, scheduleId: id });
};
