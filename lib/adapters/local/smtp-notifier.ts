/**
 * Sends e-mail over SMTP, with nodemailer. It is loaded at the first event: most installations start without one to
 * send.
 */
import { hostname } from 'node:os';
import type { Transporter } from 'nodemailer';
import type { SecretReference } from '../../model/components/common-settings.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { EventRecord } from '../../model/records/event.ts';
import type { Logger } from '../../ports/logger.ts';
import { DeliveryRefused, type Notifier } from '../../ports/notifier.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { mailFor } from '../any/event-mail.ts';

const CONNECT_MILLISECONDS = 10_000;
const IDLE_MILLISECONDS = 30_000;

export interface SmtpNotifierOptions {
  /** A channel of its own for each recipient that must be retried separately. @default email */
  channel?: string;
  /** The secret with the SMTP URL: smtp://user:password@host:587, or smtps:// for TLS from the start. */
  smtp: SecretReference;
  to: readonly string[];
  /** @default holdfast@ this machine's name */
  from?: string;
  /** The beginning of links. @default no links */
  baseUrl?: string | undefined;
  secrets: Secrets;
  log: Logger;
}

export class SmtpNotifier implements Notifier {
  readonly channel: string;
  readonly #options: SmtpNotifierOptions;
  #transport: Promise<Transporter> | undefined;

  constructor(options: SmtpNotifierOptions) {
    this.#options = options;
    this.channel = options.channel ?? 'email';
  }

  get target(): string {
    return this.#options.to.join(', ');
  }

  get secrets(): SecretReference[] {
    return [this.#options.smtp];
  }

  /**
   * @throws HoldfastError `unavailable` when the server is down, refuses the login, or refuses every recipient for now;
   * `DeliveryRefused` when it refuses them for ever
   */
  async deliver(event: EventRecord): Promise<string | undefined> {
    const { to, from = `holdfast@${hostname()}`, log } = this.#options;
    this.#transport ??= this.#connect();
    const connecting = this.#transport;
    try {
      const transport = await connecting;
      const sent = await transport.sendMail({
        ...mailFor(event, this.#options.baseUrl),
        from,
        to: [...to],
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      const rejected = [...(sent.rejected ?? [])];
      if (rejected.length > 0)
        log.warn('the mail server refused some recipients', { eventId: event.id, rejected });
      return String(sent.response ?? 'taken');
    } catch (error) {
      // The next attempt starts anew: with the URL as it is then, and on a new connection.
      await this.#giveUp(connecting);
      if (error instanceof HoldfastError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `the mail server did not accept the message: ${reason}`;
      if (isRefusedForGood(error)) throw new DeliveryRefused(message, { cause: error });
      throw new HoldfastError('unavailable', message, { cause: error });
    }
  }

  async close(): Promise<void> {
    if (this.#transport !== undefined) await this.#giveUp(this.#transport);
  }

  /** Another delivery may have connected anew meanwhile; that connection stays. */
  async #giveUp(connecting: Promise<Transporter>): Promise<void> {
    if (this.#transport === connecting) this.#transport = undefined;
    (await connecting.catch(() => undefined))?.close();
  }

  async #connect(): Promise<Transporter> {
    const { secrets, smtp } = this.#options;
    const url = parseSmtpUrl(await secrets.resolve(smtp));
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url: url.href,
      pool: true,
      maxConnections: 1,
      connectionTimeout: CONNECT_MILLISECONDS,
      greetingTimeout: CONNECT_MILLISECONDS,
      socketTimeout: IDLE_MILLISECONDS,
      // A login is never sent in clear over a network, whatever the server, or an attacker between, offers.
      ...(url.username !== '' && !isLoopback(url.hostname) ? { requireTLS: true } : {}),
    });
  }
}

/** SMTP's answers from 500 on to a recipient or a message are final, those from 400 on temporary (RFC 5321, 4.2.1). */
const isRefusedForGood = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') &&
  'responseCode' in error &&
  Number(error.responseCode) >= 500;

/** @throws HoldfastError `config_invalid` */
export const parseSmtpUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url?.protocol === 'smtp:' || url?.protocol === 'smtps:') return url;
  // The text is not repeated here, because it is a secret.
  throw new HoldfastError(
    'config_invalid',
    'the SMTP secret is not a URL: write smtp://HOST:587, with USER:PASSWORD@ before HOST, both percent-encoded',
  );
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host.startsWith('127.');
