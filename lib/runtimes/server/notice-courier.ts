/** Delivers notices in the background, each channel by itself, so that a slow one delays no other. */

import { lanesOf } from '../../operations/notices/channels-of.ts';
import { deliverLane } from '../../operations/notices/deliver-lane.ts';
import { handOut } from '../../operations/notices/hand-out.ts';
import type { Host } from '../../ports/host.ts';
import { OutboxCourier } from './outbox-courier.ts';

export class NoticeCourier {
  readonly #outbox: OutboxCourier;
  readonly #lanes: readonly OutboxCourier[];

  constructor(host: Host) {
    this.#lanes = lanesOf(host).map(
      (lane) => new OutboxCourier((signal) => deliverLane(host, lane, { signal }), host.log),
    );
    this.#outbox = new OutboxCourier(async (signal) => {
      await handOut(host, signal);
      for (const lane of this.#lanes) lane.wake();
    }, host.log);
  }

  /** Hands out the outbox now, and makes the waiting deliveries of every channel. Returns at once and never throws. */
  wake(): void {
    this.#outbox.wake();
  }

  /** Begins no further delivery, and waits a moment for those under way. */
  async close(): Promise<void> {
    await Promise.all([this.#outbox, ...this.#lanes].map((each) => each.close()));
  }
}
