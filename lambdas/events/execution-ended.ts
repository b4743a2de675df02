import middy from '@middy/core';
import * as z from 'zod';
import { freeAbandonedLock } from '../../lib/operations/engine/free-abandoned-lock.ts';
import { withOperations } from '../../lib/operations/kinds.ts';
import { notify } from '../../lib/operations/notices/notify.ts';
import { type HostedContext, invocationOf } from '../../lib/runtimes/lambda/invocation.ts';

/** EventBridge's "Step Functions Execution Status Change". The execution is named by its operation. */
const eventSchema = z.object({
  detail: z.object({ name: z.string(), status: z.string(), cause: z.string().nullish() }),
});

/**
 * An execution was stopped, failed or timed out. If its operation still holds the lock it never came to its own end:
 * it is ended here. The event itself is only a hint; what counts is the lock and what the engine says of its holder.
 */
export const handler = middy(async (event: unknown, context: HostedContext): Promise<void> => {
  const host = withOperations((await invocationOf(context)).host);
  const { name, status, cause } = eventSchema.parse(event).detail;
  const freed = await freeAbandonedLock(host, { told: { operationId: name, cause: cause ?? '' } });
  host.log.info('an execution ended without a success', { operationId: name, status, freed });
  if (freed) await notify(host, { remainingMilliseconds: () => context.getRemainingTimeInMillis() });
});
