/** E-mail over SMTP, by nodemailer. Loaded at the first event: most installations start without one to send. */
import { hostname } from 'node:os';
import type { Transporter } from 'nodemailer';
import type { SecretReference } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { EventRecord } from '../../model/records/event.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { mailFor } from '../event-mail.ts';

const CONNECT_MILLISECONDS = 10_000;
const IDLE_MILLISECONDS = 30_000;

export interface SmtpNotifierOptions {
  /** Where the SMTP URL stands: smtp://user:password@host:587, or smtps:// for TLS from the start. */
  smtp: SecretReference;
  to: readonly string[];
  /** Default: holdfast@ this machine's name. */
  from?: string;
  secrets: Secrets;
  log: Logger;
}

export class SmtpNotifier implements Notifier {
  readonly channel = 'email';
  readonly #options: SmtpNotifierOptions;
  #transport: Promise<Transporter> | undefined;

  constructor(options: SmtpNotifierOptions) {
    this.#options = options;
  }

  /** @throws HoldfastError `unavailable` when the server is down, refuses the login, or refuses every recipient. */
  async deliver(event: EventRecord): Promise<void> {
    const { to, from = `holdfast@${hostname()}`, log } = this.#options;
    try {
      this.#transport ??= this.#connect();
      const transport = await this.#transport;
      const sent = await transport.sendMail({
        ...mailFor(event),
        from,
        to: [...to],
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      const rejected = [...(sent.rejected ?? [])];
      if (rejected.length > 0)
        log.warn('the mail server refused some recipients', { eventId: event.id, rejected });
    } catch (error) {
      // The next attempt starts anew: with the URL as it is then, and on a fresh connection.
      await this.close();
      if (error instanceof HoldfastError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new HoldfastError('unavailable', `the mail server did not take the message: ${reason}`, {
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    const transport = this.#transport;
    this.#transport = undefined;
    (await transport?.catch(() => undefined))?.close();
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
      // A login never travels in clear over a network, whatever the server, or someone between, offers.
      ...(url.username !== '' && !isLoopback(url.hostname) ? { requireTLS: true } : {}),
    });
  }
}

const parseSmtpUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url?.protocol === 'smtp:' || url?.protocol === 'smtps:') return url;
  // The text is a secret: it is not repeated here.
  throw new HoldfastError(
    'config_invalid',
    'the SMTP secret is not a URL: write smtp://user:password@host:587, with % escapes in the password',
  );
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host.startsWith('127.');
