import type { EventRecord } from '../model/records/event.ts';

/** A way to tell people. Delivery is at least once: a channel may see an event twice after a crash. */
export interface Notifier {
  /** Unique in a host: `log`, `email`, `sns`, `eventbridge`. */
  readonly channel: string;
  /** Resolves when the channel has taken the event. @throws when it has not; it is tried again later. */
  deliver(event: EventRecord): Promise<void>;
}
