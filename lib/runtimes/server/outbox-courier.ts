/** Tells outcomes in the background: nothing waits for a mail server, not even the server's end. */
import { shortErrorOf } from '../../model/errors.ts';
import { within } from '../../model/time-limit.ts';
import type { Logger } from '../../ports/logger.ts';

/**
 * How long a delivery may go on after the server was told to end. Then it is given up, and repeated after the next
 * start.
 */
const LAST_DELIVERY_MILLISECONDS = 3_000;

export class OutboxCourier {
  readonly #drain: (signal: AbortSignal) => Promise<unknown>;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isAskedAgain = false;

  /** @param drain Makes the deliveries that are due, and begins none once the signal is aborted. */
  constructor(drain: (signal: AbortSignal) => Promise<unknown>, log: Logger) {
    this.#drain = drain;
    this.#log = log;
  }

  /** Drains the outbox now, or once more when that is under way. Returns at once and never throws. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#running !== undefined) {
      this.#isAskedAgain = true;
      return;
    }
    this.#running = this.#drain(this.#stopping.signal)
      .then(
        () => {},
        (thrown: unknown) =>
          this.#log.error('outcomes could not be delivered; the server tries again in a minute', {
            reason: shortErrorOf(thrown),
            thrown,
          }),
      )
      .finally(() => {
        this.#running = undefined;
        if (!this.#isAskedAgain) return;
        this.#isAskedAgain = false;
        this.wake();
      });
  }

  /** Begins no further delivery, and waits a moment for those under way. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await within(this.#running ?? Promise.resolve(), LAST_DELIVERY_MILLISECONDS, () => undefined);
  }
}
