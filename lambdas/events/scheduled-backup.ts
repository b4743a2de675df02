import middy from '@middy/core';
import * as z from 'zod';
import { componentIdSchema } from '../../lib/archive/format.ts';
import { withOperations } from '../../lib/operations/kinds.ts';
import { keepCall } from '../../lib/operations/schedules/keep-schedules.ts';
import { type HostedContext, invocationOf } from '../../lib/runtimes/lambda/invocation.ts';

/** `at` is EventBridge Scheduler's <aws.scheduler.scheduled-time>. */
const inputSchema = z.object({
  scheduleId: componentIdSchema,
  /**
   * The time that was due. Scheduler may call twice for one time; a call by hand has none, and counts for the time of
   * the call.
   */
  at: z.iso
    .datetime({ offset: true })
    .transform((at) => new Date(at))
    .optional()
    .catch(undefined),
  /** Set for a timer that Holdfast has set itself. Its schedule may have changed since. */
  timer: z.boolean().default(false),
});

export const handler = middy(async (event: unknown, context: HostedContext): Promise<{ id?: string }> => {
  const host = withOperations((await invocationOf(context)).host);
  const id = await keepCall(host, inputSchema.parse(event));
  return id === undefined ? {} : { id };
});
