/**
 * Shows people the notices and their deliveries. A principal with rights in some domains only sees the notices of
 * these.
 */
import type * as z from 'zod';
import { allows, type Permission } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import type {
  ChannelView,
  DeliveryView,
  listDeliveriesSchema,
  listNoticesSchema,
  NoticeView,
} from '../../model/notices/notice-view.ts';
import type { DeliveryRecord, NoticeRecord } from '../../model/records/notice.ts';
import type { longPageSchema, Page } from '../../model/requests/page.ts';
import { pingChannel, scheduleOfPing } from '../../model/schedules/ping.ts';
import { ofRecord } from '../../model/schedules/schedule.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { laneOrder } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { listPermitted } from '../access/permitted.ts';
import { findSchedule, homeOfSchedule } from '../schedules/find-schedules.ts';
import { getRecord } from '../task/operation-record.ts';
import { PINGS_LANE } from './channels-of.ts';
import { deliveriesOf } from './hand-out.ts';

/** The newest first. */
export const listNotices = async (
  host: Host,
  principal: Principal,
  { skip, limit, type }: z.infer<typeof listNoticesSchema>,
): Promise<Page<NoticeRecord>> => {
  const group = type === undefined ? {} : { group: type };
  const options = { ...group, skip, limit, descending: true };
  const { total, records } = await listPermitted(host, principal, 'notice.read', 'notice', options);
  return { skip, limit, total, resources: records };
};

/** @throws `not_found` */
export const showNotice = async (host: Host, id: string): Promise<NoticeView> => {
  const notice = await getRecord(host, 'notice', id);
  return { ...notice, deliveries: (await deliveriesOf(host, notice)).map(deliveryView) };
};

/** Deliveries that ended, the newest first; those that wait, by channel and next attempt. */
export const listDeliveries = async (
  host: Host,
  { grants }: Principal,
  { skip, limit, state }: z.infer<typeof listDeliveriesSchema>,
): Promise<Page<DeliveryView>> => {
  const options = { group: state, descending: state !== 'waiting' };
  if (allows(grants, 'notice.read', null)) {
    const { total, records } = await host.catalog.list('delivery', { ...options, skip, limit });
    return { skip, limit, total, resources: records.map(deliveryView) };
  }
  const seen: DeliveryView[] = [];
  for await (const delivery of everyRecord(host, 'delivery', options)) {
    const notice = (await host.catalog.get('notice', delivery.noticeId))?.record;
    if (allows(grants, 'notice.read', notice?.domain ?? null)) seen.push(deliveryView(delivery));
  }
  return { skip, limit, total: seen.length, resources: seen.slice(skip, skip + limit) };
};

const deliveryView = ({ lane: _, ...delivery }: DeliveryRecord): DeliveryView => delivery;

/**
 * Whether a principal has this permission on a channel. The addresses of a domain's schedules belong to the domain; all
 * other channels belong to the whole installation.
 */
export const isOwnChannel = async (
  host: Host,
  { grants }: Principal,
  permission: Permission,
  channel: string,
): Promise<boolean> => {
  if (allows(grants, permission, null)) return true;
  const scheduleId = scheduleOfPing(channel);
  const schedule = scheduleId === undefined ? undefined : await findSchedule(host, scheduleId);
  return schedule !== undefined && allows(grants, permission, homeOfSchedule(schedule));
};

/** The channels of the configuration on which the principal has this permission, in the configuration's order. */
export const ownNotifiers = async (
  host: Host,
  principal: Principal,
  permission: Permission,
): Promise<readonly Notifier[]> => {
  const own: Notifier[] = [];
  for (const notifier of host.notifiers)
    if (await isOwnChannel(host, principal, permission, notifier.channel)) own.push(notifier);
  return own;
};

type Listed = Pick<Notifier, 'channel' | 'target' | 'secrets'>;

/** The channels of the configuration, in its order, followed by the addresses of schedules of the API. */
export const listChannels = async (
  host: Host,
  principal: Principal,
  { skip, limit }: z.infer<typeof longPageSchema>,
): Promise<Page<ChannelView>> => {
  const all: Listed[] = [...(await ownNotifiers(host, principal, 'notice.read'))];
  const own = new Set(host.notifiers.map(({ channel }) => channel));
  for await (const stored of everyRecord(host, 'storedSchedule')) {
    const { id, ping } = stored;
    const channel = pingChannel(id);
    if (ping === undefined || own.has(channel)) continue;
    if (allows(principal.grants, 'notice.read', homeOfSchedule(ofRecord(stored))))
      all.push({ channel, target: ping.host });
  }
  const shown = all.slice(skip, skip + limit);
  const pings = shown.some(({ channel }) => !own.has(channel)) ? await waitingPings(host) : undefined;
  const resources: ChannelView[] = [];
  for (const one of shown) {
    const { channel } = one;
    const waiting = own.has(channel) ? await waitingFor(host, channel) : (pings?.get(channel) ?? 0);
    resources.push(await channelView(host, one, waiting));
  }
  return { skip, limit, total: all.length, resources };
};

const waitingFor = async ({ catalog }: Host, channel: string): Promise<number> =>
  (await catalog.list('delivery', { group: 'waiting', orderPrefix: laneOrder(channel), limit: 0 })).total;

/** Addresses of schedules share one lane. */
const waitingPings = async (host: Host): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  const lane = { group: 'waiting', orderPrefix: laneOrder(PINGS_LANE) };
  for await (const { channel } of everyRecord(host, 'delivery', lane))
    counts.set(channel, (counts.get(channel) ?? 0) + 1);
  return counts;
};

const channelView = async (
  { catalog }: Host,
  { channel, target = '', secrets = [] }: Listed,
  waiting: number,
): Promise<ChannelView> => {
  const off = (await catalog.get('channel', channel))?.record;
  const last = (await catalog.get('channelAnswer', channel))?.record;
  return {
    id: channel,
    target,
    secrets: secrets.map((reference) => Object.entries(reference).flat().join(':')),
    enabled: off === undefined,
    disabledAt: off?.disabledAt ?? null,
    reason: off?.reason ?? '',
    waiting,
    lastAnswer: last?.answer ?? '',
    lastAnsweredAt: last?.at ?? null,
    lastDelivered: last?.delivered ?? null,
  };
};
