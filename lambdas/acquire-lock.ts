import { executionSchema, holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { acquireLock } from '../lib/operations/workflow/acquire-lock.ts';

export const handler = taskHandler(holdSchema.extend(executionSchema), (invocation, { execution, ...hold }) =>
  acquireLock(invocation, hold, execution),
);
