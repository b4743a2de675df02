import { z } from 'zod';
import { componentIdSchema } from '../lib/archive/format.ts';
import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { restoreComponent } from '../lib/operations/restore/restore-component.ts';

const inputSchema = holdSchema.extend({ work: z.object({ component: componentIdSchema }) });

export const handler = taskHandler(inputSchema, (invocation, { work, ...hold }) =>
  restoreComponent(invocation, hold, work),
);
