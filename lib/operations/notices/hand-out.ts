/** Takes events out of the outbox: each becomes a notice, and a delivery for each of its channels. */
import { Turns } from '../../archive/turns.ts';
import type { EventRecord } from '../../model/records/event.ts';
import { type DeliveryRecord, deliveryId } from '../../model/records/notice.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { MAX_CHANGES } from '../../ports/catalog/catalog-limits.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { commitUnlessTaken } from '../task/fresh-commit.ts';
import { channelsOf, laneOf } from './channels-of.ts';

/** Deliveries of one transaction, which also changes the notice and the event. */
const WITH_THE_NOTICE = MAX_CHANGES - 2;

/** @param signal When it is aborted, no event is begun any more. */
export const handOut = async (host: Host, signal?: AbortSignal): Promise<void> => {
  const turns = new Turns();
  // All are read first, since events that are handed out leave the list.
  for (const event of await Array.fromAsync(everyRecord(host, 'event'))) {
    if (signal?.aborted === true) return;
    await handOutOne(host, event);
    await turns.step();
  }
};

/**
 * Uses one transaction, so that an event is either in the outbox, or a notice with its deliveries. When two processes
 * hand it out at the same time, only one succeeds.
 */
const handOutOne = async (host: Host, { id }: EventRecord): Promise<void> => {
  const found = await host.catalog.get('event', id);
  if (found === undefined) return;
  const { delivered: _, ...content } = found.record;
  const channels = await channelsOf(host, found.record);
  const deliveries = await Promise.all(channels.map((channel) => newDelivery(host, found.record, channel)));
  // Deliveries beyond one transaction are committed before it: after a crash, the next process that hands the event out
  // completes them.
  for (const delivery of deliveries.slice(WITH_THE_NOTICE))
    await commitUnlessTaken(host.catalog, [put('delivery', delivery, 'absent')]);
  await commitUnlessTaken(host.catalog, [
    put('notice', { ...content, channels }),
    ...deliveries.slice(0, WITH_THE_NOTICE).map((delivery) => put('delivery', delivery)),
    { remove: 'event', id, expect: found.version },
  ]);
};

const newDelivery = async (host: Host, event: EventRecord, channel: string): Promise<DeliveryRecord> => {
  const now = timestamp(host.clock);
  const off = (await host.catalog.get('channel', channel))?.record;
  return {
    noticeId: event.id,
    channel,
    lane: laneOf(host, channel),
    type: event.type,
    state: off === undefined ? 'waiting' : 'dead',
    attempts: 0,
    lastAnswer: off === undefined ? '' : disabledAnswer(off.disabledAt, off.reason),
    createdAt: now,
    nextAttemptAt: now,
    endedAt: off === undefined ? null : now,
  };
};

export const disabledAnswer = (disabledAt: string, reason: string): string =>
  `the channel is switched off since ${disabledAt}: ${reason}`;

/** The deliveries of a notice, by its channels. */
export const deliveriesOf = async (
  { catalog }: Pick<Host, 'catalog'>,
  { id, channels }: { readonly id: string; readonly channels: readonly string[] },
): Promise<DeliveryRecord[]> => {
  const found = await Promise.all(
    channels.map((channel) => catalog.get('delivery', deliveryId(id, channel))),
  );
  return found.flatMap((one) => (one === undefined ? [] : [one.record]));
};
