/** The channels that both hosts have. A new kind of channel in the configuration is a line here. */
import type { Config, ScheduleSettings } from '../../../model/config/config.ts';
import {
  addressList,
  type ConfiguredAddress,
  shownAddress,
} from '../../../model/config/notification-settings.ts';
import type { Host } from '../../../ports/host.ts';
import type { ChannelTools } from './channel-tools.ts';
import { addressOf } from './outgoing-address.ts';
import { PingNotifier } from './ping-notifier.ts';
import { WebhookNotifier } from './webhook-notifier.ts';

export const configuredChannels = (
  { notifications: { webhooks, internalAddresses, baseUrl }, schedules }: Config,
  { secrets, clock }: Pick<ChannelTools, 'secrets' | 'clock'>,
): Pick<Host, 'notifiers' | 'pingAt'> => {
  const tools: ChannelTools = { secrets, clock, allowed: addressList(internalAddresses), baseUrl };
  const configuredPing = (id: string, ping: ConfiguredAddress): PingNotifier =>
    new PingNotifier(
      id,
      {
        host: shownAddress(ping),
        url: () => addressOf(ping, secrets),
        secrets: typeof ping === 'string' ? [] : [ping],
      },
      tools,
    );
  return {
    notifiers: [
      ...webhooks.map((settings) => new WebhookNotifier(settings, tools)),
      ...schedules.flatMap(({ id, ping }: ScheduleSettings) =>
        ping === undefined ? [] : [configuredPing(id, ping)],
      ),
    ],
    pingAt: (scheduleId, address) => new PingNotifier(scheduleId, address, tools),
  };
};
