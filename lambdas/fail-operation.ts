import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { caughtErrorSchema, failOperation } from '../lib/operations/workflow/fail-operation.ts';

const inputSchema = holdSchema.extend({ caught: caughtErrorSchema });

export const handler = taskHandler(inputSchema, (invocation, { caught, ...hold }) =>
  failOperation(invocation, hold, caught),
);
