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
 * Called when an execution was stopped, failed or timed out. If its operation still holds the lock, it did not end by
 * itself, and is ended here. The event is only a hint: the lock, and what the workflow engine says of its holder,
 * decide.
 */
export const handler = middy(async (event: unknown, context: HostedContext): Promise<void> => {
  const host = withOperations((await invocationOf(context)).host);
  const { name, status, cause } = eventSchema.parse(event).detail;
  const freed = await freeAbandonedLock(host, { told: { operationId: name, cause: cause ?? '' } });
  host.log.info('an execution ended without success', { operationId: name, status, freed });
  if (freed) await notify(host, { remainingMilliseconds: () => context.getRemainingTimeInMillis() });
});
