import middy from '@middy/core';
import { z } from 'zod';
import { componentIdSchema } from '../lib/archive/format.ts';
import { type HostedContext, invocationOf } from '../lib/hosts/invocation.ts';
import { runSchedule } from '../lib/operations/scheduled-backup.ts';

/** `at` is EventBridge Scheduler's <aws.scheduler.scheduled-time>. */
const inputSchema = z.object({ scheduleId: componentIdSchema, at: z.coerce.date() });

export const handler = middy(async (event: unknown, context: HostedContext): Promise<{ id: string }> => {
  const { host } = await invocationOf(context);
  const { id } = await runSchedule(host, inputSchema.parse(event));
  return { id };
});
