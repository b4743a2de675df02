/** Bounds the record of what was told. */
import { isAheadOf } from '../../model/clock-skew.ts';
import { type DeliveryRecord, deliveryId } from '../../model/records/notice.ts';
import { type Change, put, type Remove } from '../../ports/catalog/catalog.ts';
import { MAX_CHANGES } from '../../ports/catalog/catalog-limits.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { lanesOf } from './channels-of.ts';

/** How long a notice is kept, with the outcome of its deliveries. */
const KEPT_MILLISECONDS = 90 * 24 * 3600_000;
/** Notices that are kept at most; the oldest are removed first. */
const MOST_KEPT = 100_000;
/** Notices that one sweep removes at most, so that the sweep ends. */
const MOST_AT_ONCE = 1_000;

/** Removes old notices and their deliveries, and gives up deliveries that wait for channels that no longer exist. */
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
    // The notice is removed last: after a crash, its remaining deliveries are found by it.
    await inCommits(host, [...changes, { remove: 'notice', id: notice.id }]);
  }
  await forgetFuture(host);
};

const inCommits = async (host: Host, changes: readonly Change[]): Promise<void> => {
  for (let first = 0; first < changes.length; first += MAX_CHANGES)
    await host.catalog.commit(changes.slice(first, first + MAX_CHANGES));
};

/** A notice that was dated by a clock ahead of the right one is kept for the same time from now. */
const forgetFuture = async (host: Host): Promise<void> => {
  const now = host.clock.now().getTime();
  for await (const notice of everyRecord(host, 'notice', { descending: true })) {
    if (!isAheadOf(notice.at, now)) return;
    await host.catalog.commit([put('notice', { ...notice, at: timestamp(host.clock) }, 'present')]);
  }
};

/** Nothing can be sent to a channel that the configuration no longer has: its waiting deliveries become dead. */
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
          lastAnswer: 'the channel no longer exists',
          endedAt: timestamp(host.clock),
        },
        'present',
      ),
    ]);
};
