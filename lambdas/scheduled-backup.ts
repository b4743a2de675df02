import middy from '@middy/core';
import * as z from 'zod';
import { componentIdSchema } from '../lib/archive/format.ts';
import { type HostedContext, invocationOf } from '../lib/hosts/invocation.ts';
import { runSchedule } from '../lib/operations/backup/scheduled-backup.ts';

/** `at` is EventBridge Scheduler's <aws.scheduler.scheduled-time>. */
const inputSchema = z.object({
  scheduleId: componentIdSchema,
  /** The time that was due. Scheduler may call twice for one; a call by hand has none, and counts for its own time. */
  at: z.iso
    .datetime({ offset: true })
    .transform((at) => new Date(at))
    .optional()
    .catch(undefined),
});

export const handler = middy(async (event: unknown, context: HostedContext): Promise<{ id: string }> => {
  const { host } = await invocationOf(context);
  const { scheduleId, at = host.clock.now() } = inputSchema.parse(event);
  const { id } = await runSchedule(host, { scheduleId, at });
  return { id };
});
