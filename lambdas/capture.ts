import * as z from 'zod';
import { componentIdSchema } from '../lib/archive/format.ts';
import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { capture } from '../lib/operations/backup/capture.ts';
import { failCapture } from '../lib/operations/backup/capture-failure.ts';
import { caughtErrorSchema } from '../lib/operations/workflow/fail-operation.ts';

const inputSchema = holdSchema.extend({
  work: z.object({ component: componentIdSchema, shard: z.number().int().nonnegative() }),
  /** Present when this capture has failed for good: to be written down. */
  caught: caughtErrorSchema.optional(),
});

const outputSchema = z.strictObject({ done: z.boolean() });

export const handler = taskHandler(
  inputSchema,
  (invocation, { work, caught, ...hold }) =>
    caught === undefined ? capture(invocation, hold, work) : failCapture(invocation, hold, work, caught),
  outputSchema,
);
