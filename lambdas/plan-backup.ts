import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { planBackup } from '../lib/operations/backup/plan-backup.ts';

export const handler = taskHandler(holdSchema, planBackup);
