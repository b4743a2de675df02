/**
 * Runs a schedule on request. The function behind this route may begin operations; those behind the other routes of
 * schedules may not.
 */
import { backupViewSchema } from '../../model/records/backup.ts';
import { viewBackup } from '../../operations/backup/read-backups.ts';
import { runNow } from '../../operations/schedules/run-now.ts';
import { never } from '../fresh-proof.ts';
import { startRoute } from '../start-route.ts';
import { scheduleParams } from './schedules.ts';

export const scheduleRunRoutes = [
  startRoute({
    path: '/v1/schedules/{id}/run',
    operationId: 'runSchedule',
    freshProof: never('it only adds a backup'),
    needs: 'schedule.write',
    summary:
      'Start the backup of a schedule now, with the rights of the caller. Its next time stays as it was.',
    refuses: ['backups_disabled', 'place_unwritable', 'component_unavailable'],
    params: scheduleParams,
    schema: backupViewSchema,
    records: '/v1/backups',
    start: async ({ host, principal, params }, options) =>
      viewBackup(host, await runNow(host, principal, params.id, options), principal),
  }),
];
