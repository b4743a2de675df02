import * as z from 'zod';
import { componentIdSchema } from '../../lib/archive/format.ts';
import { caughtErrorSchema } from '../../lib/operations/engine/fail-operation.ts';
import { failComponent } from '../../lib/operations/restore/component/fail-component.ts';
import { restoreComponent } from '../../lib/operations/restore/component/restore-component.ts';
import { holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

const inputSchema = holdSchema.extend({
  work: z.object({ component: componentIdSchema }),
  /** Present when the restore of this component has failed for good, to write that down. */
  caught: caughtErrorSchema.optional(),
});

const outputSchema = z.strictObject({ done: z.boolean() });

export const handler = taskHandler(
  inputSchema,
  (invocation, { work, caught, ...hold }) =>
    caught === undefined
      ? restoreComponent(invocation, hold, work)
      : failComponent(invocation, hold, work, caught),
  outputSchema,
);
