import { HoldfastError } from '../model/errors.ts';
import type { EventRecord } from '../model/records/event.ts';

/** The channel says that trying again is of no use: a mailbox that does not exist. It is tried for a day all the same. */
export class DeliveryRefused extends HoldfastError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('unavailable', message, options);
  }
}

/** A way to tell people. Delivery is at least once: a channel may see an event twice after a crash. */
export interface Notifier {
  /** Unique in a host: `log`, `email:ops@example.com`, `sns`, `eventbridge`. */
  readonly channel: string;
  /**
   * Resolves when the channel has taken the event.
   *
   * @throws when it has not; it is tried again later. `DeliveryRefused` when it says that it never will take it.
   */
  deliver(event: EventRecord): Promise<void>;
}
