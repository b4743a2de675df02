import { caughtErrorSchema, failOperation } from '../../lib/operations/engine/fail-operation.ts';
import { operating } from '../../lib/runtimes/lambda/operating.ts';
import { executionSchema, holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

const inputSchema = holdSchema.extend({ ...executionSchema, caught: caughtErrorSchema });

const run = operating(failOperation);

export const handler = taskHandler(inputSchema, (invocation, { caught, execution, ...hold }) =>
  run(invocation, hold, caught, execution),
);
