import * as z from 'zod';
import { componentIdSchema } from '../../lib/archive/format.ts';
import { failCapture } from '../../lib/operations/backup/capture/capture-failure.ts';
import { capture } from '../../lib/operations/backup/capture/capture-task.ts';
import { caughtErrorSchema } from '../../lib/operations/engine/fail-operation.ts';
import { holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

const inputSchema = holdSchema.extend({
  work: z.object({ component: componentIdSchema, shard: z.number().int().nonnegative() }),
  /** Present when this capture has failed for good, to write that down. */
  caught: caughtErrorSchema.optional(),
});

const outputSchema = z.strictObject({ done: z.boolean(), waits: z.boolean().optional() });

export const handler = taskHandler(
  inputSchema,
  (invocation, { work, caught, ...hold }) =>
    caught === undefined ? capture(invocation, hold, work) : failCapture(invocation, hold, work, caught),
  outputSchema,
);
