import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { completeImport } from '../lib/operations/travel/complete-import.ts';

export const handler = taskHandler(holdSchema, completeImport);
