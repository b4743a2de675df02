import { acquireLock } from '../../lib/operations/engine/acquire-lock.ts';
import { executionSchema, holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

export const handler = taskHandler(holdSchema.extend(executionSchema), (invocation, { execution, ...hold }) =>
  acquireLock(invocation, hold, execution),
);
