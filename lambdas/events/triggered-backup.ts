import middy from '@middy/core';
import * as z from 'zod';
import { componentIdSchema } from '../../lib/archive/format.ts';
import { withOperations } from '../../lib/operations/kinds.ts';
import { receiveEvent } from '../../lib/operations/triggers/trigger-events.ts';
import type { Host } from '../../lib/ports/host.ts';
import { type HostedContext, invocationOf } from '../../lib/runtimes/lambda/invocation.ts';

/** The form in which the rule of a trigger passes an event on: lib/infra/starts/triggers.ts. */
const eventSchema = z.object({ triggerId: componentIdSchema, eventId: z.string().min(1) });

/** The form in which SNS calls a function. */
const messagesSchema = z.object({
  Records: z
    .array(z.object({ Sns: z.object({ TopicArn: z.string(), MessageId: z.string().min(1) }) }))
    .min(1),
});

const inputSchema = z.union([eventSchema, messagesSchema]);

interface Called {
  readonly triggerId: string;
  readonly eventId: string;
}

const calledBy = ({ config, log }: Host, input: z.infer<typeof inputSchema>): Called[] => {
  if ('triggerId' in input) return [input];
  return input.Records.flatMap(({ Sns: { TopicArn, MessageId: eventId } }) => {
    // Otherwise each outcome would begin the next backup, forever.
    if (TopicArn === process.env.HOLDFAST_TOPIC_ARN) {
      log.error(
        'a trigger listens to the topic to which this installation publishes its own outcomes; name another topic',
        {
          topic: TopicArn,
        },
      );
      return [];
    }
    return config.triggers
      .filter((trigger) => trigger.kind === 'topic' && trigger.topicArn === TopicArn)
      .map(({ id }) => ({ triggerId: id, eventId }));
  });
};

/** Takes each event or message once; the sender tries again if this throws. */
export const handler = middy(async (event: unknown, context: HostedContext): Promise<void> => {
  const host = withOperations((await invocationOf(context)).host);
  const called = calledBy(host, inputSchema.parse(event));
  if (called.length === 0)
    host.log.warn('an event arrived that belongs to no trigger of the configuration', {});
  for (const { triggerId, eventId } of called) {
    const trigger = host.config.triggers.find(({ id }) => id === triggerId);
    if (trigger === undefined)
      host.log.warn('an event arrived for a trigger that is not in the configuration', { triggerId });
    else await receiveEvent(host, trigger, eventId);
  }
});
