import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { completeBackup } from '../lib/operations/backup/complete-backup.ts';

export const handler = taskHandler(holdSchema, completeBackup);
