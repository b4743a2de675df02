import type { SecretReference } from '../model/components/common-settings.ts';
import { HoldfastError } from '../model/errors.ts';
import type { EventRecord } from '../model/records/event.ts';

/** The channel did not take an event now. */
export class DeliveryFailed extends HoldfastError {
  /** The channel asks not to be tried again before. */
  readonly retryAfterSeconds: number;

  constructor(message: string, { cause, retryAfterSeconds = 0 }: DeliveryFailedOptions = {}) {
    super('unavailable', message, { cause });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
interface DeliveryFailedOptions {
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
}

/** The channel says that trying again is of no use: a mailbox that does not exist. It is tried for a day all the same. */
export class DeliveryRefused extends DeliveryFailed {}

/** The channel says that it is gone for good, and wants nothing any more: it is switched off until somebody tests it. */
export class ChannelGone extends DeliveryFailed {}

/** A way to tell people. Delivery is at least once: a channel may see an event twice after a crash. */
export interface Notifier {
  /** Unique in a host: `log`, `email:ops@example.com`, `sns`, `eventbridge`, `webhook:ops`, `ping:nightly`. */
  readonly channel: string;
  /** Where it leads, as people may see it: without secrets. */
  readonly target?: string;
  /** The secrets that it needs, by what the configuration calls them. */
  readonly secrets?: readonly SecretReference[];
  /** For a channel that has events of its own, whether this is one. Without, the rules of the configuration say. */
  takes?(event: EventRecord): boolean;
  /**
   * Resolves when the channel has taken the event, with its answer in a few words where it gives one.
   *
   * @throws when it has not; it is tried again later. `DeliveryRefused` when it says that it never will take it,
   * `ChannelGone` when it never will take anything.
   */
  deliver(event: EventRecord): Promise<string | undefined>;
}

/** An address whose host alone people may see. */
export interface PingAddress {
  readonly host: string;
  /** All of it. @throws where it cannot be decrypted */
  url(): Promise<string>;
}
