/** Sends notices as HTTP requests: signed JSON for programs, or messages for a chat. */
import { shownAddress, type WebhookSettings } from '../../../model/config/notification-settings.ts';
import type { EventRecord } from '../../../model/records/event.ts';
import type { Notifier } from '../../../ports/notifier.ts';
import { answerOf } from './answer-of.ts';
import type { ChannelTools } from './channel-tools.ts';
import { guardedRequest } from './guarded-request.ts';
import { addressOf } from './outgoing-address.ts';
import { signatureHeaders } from './signatures.ts';
import { webhookBodies } from './webhook-bodies.ts';

export class WebhookNotifier implements Notifier {
  readonly channel: string;
  readonly target: string;
  readonly secrets: NonNullable<Notifier['secrets']>;
  readonly #settings: WebhookSettings;
  readonly #tools: ChannelTools;

  constructor(settings: WebhookSettings, tools: ChannelTools) {
    this.channel = `webhook:${settings.id}`;
    this.target = `${settings.format} to ${shownAddress(settings.url)}`;
    this.secrets = [...(typeof settings.url === 'string' ? [] : [settings.url]), ...settings.secrets];
    this.#settings = settings;
    this.#tools = tools;
  }

  async deliver(event: EventRecord): Promise<string> {
    const { secrets, clock, allowed, baseUrl, resolve } = this.#tools;
    const url = await addressOf(this.#settings.url, secrets);
    const keys = await Promise.all(this.#settings.secrets.map((one) => secrets.resolve(one)));
    const { text, headers } = webhookBodies[this.#settings.format](event, baseUrl);
    const signed =
      keys.length === 0 ? {} : signatureHeaders({ id: event.id, body: text, at: clock.now() }, keys);
    const answer = await guardedRequest({
      url,
      body: text,
      headers: { 'user-agent': 'holdfast', ...headers, ...signed },
      allowed,
      ...(resolve !== undefined && { resolve }),
    });
    return answerOf(this.channel, answer, clock.now());
  }
}
