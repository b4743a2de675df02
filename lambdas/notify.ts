import * as z from 'zod';
import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { notify } from '../lib/operations/installation/notify.ts';

const count = z.number().int().nonnegative();

export const handler = taskHandler(
  holdSchema,
  ({ host }) => notify(host),
  z.strictObject({ delivered: count, waiting: count }),
);
