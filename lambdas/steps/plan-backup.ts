import * as z from 'zod';
import { componentIdSchema } from '../../lib/archive/format.ts';
import { planBackup } from '../../lib/operations/backup/plan-backup.ts';
import { doneSchema, holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

export const handler = taskHandler(
  holdSchema,
  planBackup,
  doneSchema.extend({
    planned: z.boolean(),
    tasks: z.array(z.strictObject({ component: componentIdSchema, shard: z.number().int().nonnegative() })),
  }),
);
