/** Keeps the record of what was told to a bound. */
import { isAheadOf } from '../../model/clock-skew.ts';
import { type DeliveryRecord, deliveryId } from '../../model/records/notice.ts';
import { type Change, put, type Remove } from '../../ports/catalog/catalog.ts';
import { MAX_CHANGES } from '../../ports/catalog/catalog-limits.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { lanesOf } from './channels-of.ts';

/** So long a notice is kept, with how its deliveries fared. */
const KEPT_MILLISECONDS = 90 * 24 * 3600_000;
/** More are never kept: the oldest go first. */
const MOST_KEPT = 100_000;
/** So many one sweep removes, so that it comes to an end. */
const MOST_AT_ONCE = 1_000;

/** Removes old notices and the deliveries of them, and gives up what waits for channels that are no more. */
export const forgetOldNotices = async (host: Host): Promise<void> => {
  await giveUpLostLanes(host);
  const before = host.clock.now().getTime() - KEPT_MILLISECONDS;
  const { total, records } = await host.catalog.list('notice', { limit: MOST_AT_ONCE });
  const over = total - MOST_KEPT;
  for (const [index, notice] of records.entries()) {
    if (index >= over && Date.parse(notice.at) > before) break;
    const changes: Remove[] = notice.channels.map((channel) => ({
      remove: 'delivery',
      id: deliveryId(notice.id, channel),
    }));
    // The notice goes last: what a crash leaves is found by it.
    await inCommits(host, [...changes, { remove: 'notice', id: notice.id }]);
  }
  await forgetFuture(host);
};

const inCommits = async (host: Host, changes: readonly Change[]): Promise<void> => {
  for (let first = 0; first < changes.length; first += MAX_CHANGES)
    await host.catalog.commit(changes.slice(first, first + MAX_CHANGES));
};

/** What a clock ahead of the right one has dated is kept for as long from now. */
const forgetFuture = async (host: Host): Promise<void> => {
  const now = host.clock.now().getTime();
  for await (const notice of everyRecord(host, 'notice', { descending: true })) {
    if (!isAheadOf(notice.at, now)) return;
    await host.catalog.commit([put('notice', { ...notice, at: timestamp(host.clock) }, 'present')]);
  }
};

/** A channel that the configuration does not have any more takes nothing: what waits for it is to be seen as dead. */
const giveUpLostLanes = async (host: Host): Promise<void> => {
  const lanes = new Set(lanesOf(host));
  const lost: DeliveryRecord[] = [];
  for await (const delivery of everyRecord(host, 'delivery', { group: 'waiting' }))
    if (!lanes.has(delivery.lane)) lost.push(delivery);
  for (const delivery of lost)
    await host.catalog.commit([
      put(
        'delivery',
        {
          ...delivery,
          state: 'dead',
          lastAnswer: 'there is no such channel any more',
          endedAt: timestamp(host.clock),
        },
        'present',
      ),
    ]);
};
