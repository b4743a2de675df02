import * as z from 'zod';
import { notify } from '../../lib/operations/notices/notify.ts';
import { holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

const count = z.number().int().nonnegative();

export const handler = taskHandler(
  holdSchema,
  ({ host, signal, remainingMilliseconds }) => notify(host, { signal, remainingMilliseconds }),
  z.strictObject({ delivered: count, waiting: count }),
);
