/** Makes the deliveries that wait for one channel. */
import { mapInOrder } from '../../archive/map-in-order.ts';
import { Turns } from '../../archive/turns.ts';
import { isAheadOf } from '../../model/clock-skew.ts';
import type { DeliveryRecord } from '../../model/records/notice.ts';
import { laneOrder } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';
import { attempt, LONGEST_WAIT_SECONDS } from './attempt.ts';

export interface DrainOptions {
  /** Aborted: no delivery is begun any more. */
  readonly signal?: AbortSignal | undefined;
  /** No delivery is begun that could not end by then. @default as long as it takes */
  readonly remainingMilliseconds?: (() => number) | undefined;
}

/** So many are read at once, and as many deliveries are made of them as are due. */
const PAGE = 100;
/** So many deliveries of one lane are made beside each other. */
const AT_ONCE = 4;
/** The longest attempt, and what is written after it. */
export const ATTEMPT_WITH_ROOM_MILLISECONDS = 75_000;

/**
 * Makes every delivery of the lane that is due. A channel that fails is left alone for the rest of it: a server that
 * does not answer costs one time-out, not one for each notice.
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
  // An attempt that lies beyond the longest wait was set by a clock that was ahead.
  const ahead = last.records.filter(({ nextAttemptAt }) =>
    isAheadOf(nextAttemptAt, now + LONGEST_WAIT_SECONDS * 1000),
  );
  return [...due, ...ahead];
};
