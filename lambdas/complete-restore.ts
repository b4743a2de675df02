import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { completeRestore } from '../lib/operations/complete-restore.ts';

export const handler = taskHandler(holdSchema, completeRestore);
