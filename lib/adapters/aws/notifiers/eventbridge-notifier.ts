import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../../model/config/trigger-settings.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { EventRecord } from '../../../model/records/event.ts';
import type { Notifier } from '../../../ports/notifier.ts';
import { eventBody } from '../../any/event-body.ts';
import { inOurWords } from '../sdk/aws-errors.ts';

/**
 * Sends outcomes as events to a bus: `source` is holdfast, `detail-type` such as `backup.succeeded`, the outcome in
 * `detail`.
 */
export class EventBridgeNotifier implements Notifier {
  readonly channel = 'eventbridge';
  readonly #client: EventBridgeClient;
  readonly #bus: string;

  constructor({ client, bus }: { client: EventBridgeClient; bus: string }) {
    this.#client = client;
    this.#bus = bus;
  }

  get target(): string {
    return this.#bus;
  }

  async deliver(event: EventRecord): Promise<string | undefined> {
    const { type, at } = event;
    const detail = eventBody(event);
    const { FailedEntryCount = 0, Entries = [] } = await inOurWords(`event bus ${this.#bus}`, () =>
      this.#client.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: this.#bus,
              Source: EVENT_SOURCE,
              DetailType: type,
              Detail: JSON.stringify(detail),
              Time: new Date(at),
            },
          ],
        }),
      ),
    );
    if (FailedEntryCount > 0)
      throw new HoldfastError(
        'unavailable',
        `event bus ${this.#bus} did not take the event: ${Entries[0]?.ErrorCode} ${Entries[0]?.ErrorMessage}`,
      );
    return Entries[0]?.EventId;
  }
}
