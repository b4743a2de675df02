/** Makes the deliveries that wait in one lane. */
import { mapInOrder } from '../../archive/map-in-order.ts';
import { Turns } from '../../archive/turns.ts';
import { isAheadOf } from '../../model/clock-skew.ts';
import type { DeliveryRecord } from '../../model/records/notice.ts';
import { laneOrder } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';
import { attempt, LONGEST_WAIT_SECONDS } from './attempt.ts';

export interface DrainOptions {
  /** When it is aborted, no delivery is begun any more. */
  readonly signal?: AbortSignal | undefined;
  /** Every delivery must end by this time: one that may not is not begun. @default no limit */
  readonly remainingMilliseconds?: (() => number) | undefined;
}

/** Deliveries that are read at once; those of them that are due are made. */
const PAGE = 100;
/** Deliveries of one lane that are made at the same time. */
const AT_ONCE = 4;
/** The longest attempt, and the commit after it. */
export const ATTEMPT_WITH_ROOM_MILLISECONDS = 75_000;

/**
 * Makes every delivery of the lane that is due. After a failure the channel is skipped for the rest of this call: a
 * server that does not answer costs one time-out, not one for each notice.
 *
 * @returns how many were delivered
 */
export const deliverLane = async (
  host: Host,
  lane: string,
  { signal, remainingMilliseconds = () => Number.POSITIVE_INFINITY }: DrainOptions = {},
): Promise<number> => {
  const failing = new Set<string>();
  const mayGoOn = (): boolean =>
    signal?.aborted !== true && remainingMilliseconds() > ATTEMPT_WITH_ROOM_MILLISECONDS;
  const turns = new Turns();
  let delivered = 0;
  for (;;) {
    const due = await dueOf(host, lane);
    const done = await mapInOrder(due, AT_ONCE, async (delivery) => {
      if (!mayGoOn() || failing.has(delivery.channel)) return undefined;
      const state = await attempt(host, delivery);
      await turns.step();
      if (state === 'waiting') failing.add(delivery.channel);
      return state;
    });
    delivered += done.filter((state) => state === 'delivered').length;
    if (due.length < PAGE || done.every((state) => state === undefined)) return delivered;
  }
};

const dueOf = async (host: Host, lane: string): Promise<DeliveryRecord[]> => {
  const waiting = { group: 'waiting', orderPrefix: laneOrder(lane), limit: PAGE } as const;
  const now = host.clock.now().getTime();
  const [first, last] = await Promise.all([
    host.catalog.list('delivery', waiting),
    host.catalog.list('delivery', { ...waiting, descending: true }),
  ]);
  const due = first.records.filter(({ nextAttemptAt }) => Date.parse(nextAttemptAt) <= now);
  // A next attempt later than the longest wait was set by a clock that was ahead.
  const ahead = last.records.filter(({ nextAttemptAt }) =>
    isAheadOf(nextAttemptAt, now + LONGEST_WAIT_SECONDS * 1000),
  );
  return [...due, ...ahead];
};
