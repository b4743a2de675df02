import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { completeOperation } from '../lib/operations/workflow/complete-operation.ts';

export const handler = taskHandler(holdSchema, completeOperation);
