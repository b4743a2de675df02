import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type EventRecord, eventTable } from '../../../model/records/event.ts';
import type { Notifier } from '../../../ports/notifier.ts';
import { mailFor } from '../../any/event-mail.ts';
import { inOurWords } from '../sdk/aws-errors.ts';

/** SNS accepts only ASCII, and fewer than a hundred characters. */
const subjectOf = (subject: string): string => {
  const ascii = subject.replaceAll(/[^\x20-\x7e]/g, '?');
  return ascii.length > 99 ? `${ascii.slice(0, 96)}...` : ascii;
};

/**
 * Sends outcomes to a topic, readable as mail; subscriptions can filter by the attributes `type`, `level` and `state`.
 */
export class SnsNotifier implements Notifier {
  readonly channel = 'sns';
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor({ client, topicArn }: { client: SNSClient; topicArn: string }) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  get target(): string {
    return this.#topicArn;
  }

  async deliver(event: EventRecord): Promise<string | undefined> {
    const { subject, text } = mailFor(event);
    const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
    const { MessageId } = await inOurWords(`topic ${this.#topicArn}`, () =>
      this.#client.send(
        new PublishCommand({
          TopicArn: this.#topicArn,
          Subject: subjectOf(subject),
          Message: text,
          MessageAttributes: {
            type: attribute(event.type),
            level: attribute(eventTable[event.type].level),
            ...(event.state !== undefined && { state: attribute(event.state) }),
          },
        }),
      ),
    );
    return MessageId;
  }
}
