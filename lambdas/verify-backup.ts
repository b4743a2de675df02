import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { verifyBackup } from '../lib/operations/archives/verify-backup.ts';

export const handler = taskHandler(holdSchema, verifyBackup);
