import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { completeVerify } from '../lib/operations/archives/verify-backup.ts';

export const handler = taskHandler(holdSchema, completeVerify);
