import * as z from 'zod';
import { componentIdSchema } from '../lib/archive/format.ts';
import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { planBackup } from '../lib/operations/backup/plan-backup.ts';

export const handler = taskHandler(
  holdSchema,
  planBackup,
  z.strictObject({
    tasks: z.array(z.strictObject({ component: componentIdSchema, shard: z.number().int().nonnegative() })),
  }),
);
