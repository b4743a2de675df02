import * as z from 'zod';
import { componentIdSchema } from '../lib/archive/format.ts';
import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { capture } from '../lib/operations/backup/capture.ts';

const inputSchema = holdSchema.extend({
  work: z.object({ component: componentIdSchema, shard: z.number().int().nonnegative() }),
});

const outputSchema = z.strictObject({ done: z.boolean() });

export const handler = taskHandler(
  inputSchema,
  (invocation, { work, ...hold }) => capture(invocation, hold, work),
  outputSchema,
);
