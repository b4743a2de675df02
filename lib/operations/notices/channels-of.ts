/** Chooses the channels of an event. */
import { wants } from '../../model/notices/notice-rules.ts';
import type { EventRecord } from '../../model/records/event.ts';
import type { ChannelAnswer } from '../../model/records/notice.ts';
import { pingChannel, pingOf, scheduleOfPing } from '../../model/schedules/ping.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { openPing } from '../schedules/schedule-ping.ts';

type Channels = Pick<Host, 'catalog' | 'config' | 'notifiers' | 'mailTo' | 'pingAt' | 'vault'>;

/** The lane that all mail shares to people whom no list of the configuration names, since they change often. */
export const PEOPLE_LANE = 'people';
/** The lane that the addresses of schedules of the API share. */
export const PINGS_LANE = 'pings';

const MAIL = 'email:';

/**
 * The channels of an event, each once: those that the rules choose, those with events of their own, and people whom the
 * event names.
 */
export const channelsOf = async (host: Channels, event: EventRecord): Promise<string[]> => {
  const { config, notifiers } = host;
  const chosen = notifiers.filter(
    (notifier) => notifier.takes?.(event) ?? wants(config.notifications.rules, event.type, notifier.channel),
  );
  const people = (event.alsoTo ?? []).map((address) => MAIL + address);
  const taken = new Set(event.delivered);
  const all = [...chosen.map(({ channel }) => channel), ...(await pingsOf(host, event)), ...people];
  return [...new Set(all)].filter(
    // `email` is from an earlier version, in which SES mail to all recipients was one channel.
    (channel) => !taken.has(channel) && !(channel.startsWith(MAIL) && taken.has('email')),
  );
};

/** The address of a schedule of the API; addresses of the configuration are among the host's channels. */
const pingsOf = async ({ catalog }: Channels, { type, scheduleId }: EventRecord): Promise<string[]> => {
  if (scheduleId === undefined || pingOf(type) === undefined) return [];
  const schedule = (await catalog.get('storedSchedule', scheduleId))?.record;
  return schedule?.ping === undefined ? [] : [pingChannel(scheduleId)];
};

/** The notifier of a channel; undefined when the channel does not exist any more. */
export const notifierOf = async (host: Channels, channel: string): Promise<Notifier | undefined> => {
  const configured = host.notifiers.find((one) => one.channel === channel);
  if (configured !== undefined) return configured;
  if (channel.startsWith(MAIL)) return host.mailTo?.(channel.slice(MAIL.length));
  const scheduleId = scheduleOfPing(channel);
  if (scheduleId === undefined) return undefined;
  const ping = (await host.catalog.get('storedSchedule', scheduleId))?.record.ping;
  return ping && host.pingAt(scheduleId, { host: ping.host, url: () => openPing(host, scheduleId, ping) });
};

/** The lane of a channel: deliveries in one lane wait for each other. */
export const laneOf = ({ notifiers }: Pick<Channels, 'notifiers'>, channel: string): string => {
  if (notifiers.some((one) => one.channel === channel)) return channel;
  return scheduleOfPing(channel) === undefined ? PEOPLE_LANE : PINGS_LANE;
};

/**
 * Notes a channel's last answer for the list of channels. People whom no list of the configuration names are not on it.
 */
export const lastAnswerOf = (
  host: Pick<Host, 'notifiers' | 'clock'>,
  { channel, ...said }: Omit<ChannelAnswer, 'at'>,
): Change[] =>
  laneOf(host, channel) === PEOPLE_LANE
    ? []
    : [put('channelAnswer', { channel, at: timestamp(host.clock), ...said })];

/** Every lane of the host. */
export const lanesOf = ({ notifiers }: Pick<Channels, 'notifiers'>): string[] => [
  ...notifiers.map(({ channel }) => channel),
  PEOPLE_LANE,
  PINGS_LANE,
];
