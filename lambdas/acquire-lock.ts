import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { acquireLock } from '../lib/operations/workflow/acquire-lock.ts';

export const handler = taskHandler(holdSchema, acquireLock);
