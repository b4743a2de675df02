import * as z from 'zod';
import { componentIdSchema } from '../../lib/archive/format.ts';
import { caughtErrorSchema } from '../../lib/operations/engine/fail-operation.ts';
import { failComponent } from '../../lib/operations/restore/component/fail-component.ts';
import { finishTargets, prepareTargets } from '../../lib/operations/restore/component/prepare-targets.ts';
import { restoreComponent } from '../../lib/operations/restore/component/restore-component.ts';
import { doneSchema, holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

const inputSchema = z.union([
  holdSchema.extend({
    work: z.object({ component: componentIdSchema, shard: z.number().int().nonnegative() }),
    /** Present when this task has failed for good, to write that down. */
    caught: caughtErrorSchema.optional(),
  }),
  /** What is done once for all tasks of a component, before them or after them. */
  holdSchema.extend({ step: z.enum(['prepare', 'finish']) }),
]);

export const handler = taskHandler(
  inputSchema,
  (invocation, input) => {
    const { operationId, fence } = input;
    const hold = { operationId, fence };
    if ('step' in input)
      return input.step === 'prepare' ? prepareTargets(invocation, hold) : finishTargets(invocation, hold);
    return input.caught === undefined
      ? restoreComponent(invocation, hold, input.work)
      : failComponent(invocation, hold, input.work, input.caught);
  },
  doneSchema,
);
