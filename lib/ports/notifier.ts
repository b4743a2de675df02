import type { SecretReference } from '../model/components/common-settings.ts';
import { HoldfastError } from '../model/errors.ts';
import type { EventRecord } from '../model/records/event.ts';

/** The channel did not accept an event now. */
export class DeliveryFailed extends HoldfastError {
  /** Seconds that the channel asks to wait before the next attempt. */
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

/**
 * The channel says that another attempt is useless, for example because a mailbox does not exist. It is still tried for
 * a day.
 */
export class DeliveryRefused extends DeliveryFailed {}

/** The channel says that it is gone for good: it is turned off until somebody tests it. */
export class ChannelGone extends DeliveryFailed {}

/** Notifies people over a channel. Delivery is at least once: a channel may get an event twice after a crash. */
export interface Notifier {
  /** Unique in a host: `log`, `email:ops@example.com`, `sns`, `eventbridge`, `webhook:ops`, `ping:nightly`. */
  readonly channel: string;
  /** Where the channel leads, without secrets, for people to see. */
  readonly target?: string;
  /** The secrets that it needs, by their names in the configuration. */
  readonly secrets?: readonly SecretReference[];
  /** Whether a channel with events of its own takes this one. Without it, the rules of the configuration decide. */
  takes?(event: EventRecord): boolean;
  /**
   * Resolves when the channel has accepted the event, with its answer in a few words if it gives one.
   *
   * @throws when it has not, and is tried again later; `DeliveryRefused` when it will never accept this event,
   * `ChannelGone` when it will never accept any.
   */
  deliver(event: EventRecord): Promise<string | undefined>;
}

/** An address of which people may see only the host. */
export interface PingAddress {
  readonly host: string;
  /** The whole address. @throws when it cannot be decrypted */
  url(): Promise<string>;
}
