/** What was told, and how it fared, for people. */
import type * as z from 'zod';
import type {
  ChannelView,
  DeliveryView,
  listDeliveriesSchema,
  listNoticesSchema,
  NoticeView,
} from '../../model/notice-view.ts';
import type { DeliveryRecord, NoticeRecord } from '../../model/records/notice.ts';
import type { Page } from '../../model/requests/page.ts';
import { laneOrder } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { getRecord } from '../task/operation-record.ts';
import { deliveriesOf } from './hand-out.ts';

/** The newest first. */
export const listNotices = async (
  { catalog }: Host,
  { skip, limit, type }: z.infer<typeof listNoticesSchema>,
): Promise<Page<NoticeRecord>> => {
  const group = type === undefined ? {} : { group: type };
  const { total, records } = await catalog.list('notice', { ...group, skip, limit, descending: true });
  return { skip, limit, total, resources: records };
};

/** @throws `not_found` */
export const showNotice = async (host: Host, id: string): Promise<NoticeView> => {
  const notice = await getRecord(host, 'notice', id);
  return { ...notice, deliveries: (await deliveriesOf(host, notice)).map(deliveryView) };
};

/** Those that ended, the newest first; those that wait, by channel and next attempt. */
export const listDeliveries = async (
  { catalog }: Host,
  { skip, limit, state }: z.infer<typeof listDeliveriesSchema>,
): Promise<Page<DeliveryView>> => {
  const options = { group: state, skip, limit, descending: state !== 'waiting' };
  const { total, records } = await catalog.list('delivery', options);
  return { skip, limit, total, resources: records.map(deliveryView) };
};

const deliveryView = ({ lane: _, ...delivery }: DeliveryRecord): DeliveryView => delivery;

/** The channels of the configuration, in its order. */
export const listChannels = async (host: Host): Promise<Page<ChannelView>> => {
  const resources = await Promise.all(host.notifiers.map((notifier) => channelView(host, notifier)));
  return { skip: 0, limit: resources.length, total: resources.length, resources };
};

const channelView = async (
  { catalog }: Host,
  { channel, target = '', secrets = [] }: Notifier,
): Promise<ChannelView> => {
  const off = (await catalog.get('channel', channel))?.record;
  const waiting = { group: 'waiting', orderPrefix: laneOrder(channel), limit: 0 } as const;
  return {
    id: channel,
    target,
    secrets: secrets.map((reference) => Object.entries(reference).flat().join(':')),
    enabled: off === undefined,
    disabledAt: off?.disabledAt ?? null,
    reason: off?.reason ?? '',
    waiting: (await catalog.list('delivery', waiting)).total,
  };
};
