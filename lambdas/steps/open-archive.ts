import * as z from 'zod';
import { componentIdSchema } from '../../lib/archive/format.ts';
import { openArchiveForRestore } from '../../lib/operations/restore/open-archive.ts';
import { holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

export const handler = taskHandler(
  holdSchema,
  openArchiveForRestore,
  z.strictObject({
    dryRun: z.boolean(),
    tasks: z.array(z.strictObject({ component: componentIdSchema, shard: z.number().int().nonnegative() })),
    prepares: z.boolean(),
  }),
);
