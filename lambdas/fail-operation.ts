import { executionSchema, holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { caughtErrorSchema, failOperation } from '../lib/operations/workflow/fail-operation.ts';

const inputSchema = holdSchema.extend({ ...executionSchema, caught: caughtErrorSchema });

export const handler = taskHandler(inputSchema, (invocation, { caught, execution, ...hold }) =>
  failOperation(invocation, hold, caught, execution),
);
