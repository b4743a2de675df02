import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { completeRestore } from '../lib/operations/restore/complete-restore.ts';

export const handler = taskHandler(holdSchema, completeRestore);
