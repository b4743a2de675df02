import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { EventRecord } from '../../../model/records/event.ts';
import type { Notifier } from '../../../ports/notifier.ts';
import { mailFor } from '../../any/event-mail.ts';
import { inOurWords } from '../sdk/aws-errors.ts';

export interface SesNotifierOptions {
  readonly client: SESv2Client;
  /** An address or a domain that SES has verified. */
  readonly from: string;
  readonly to: readonly string[];
  /** The beginning of links. @default no links */
  readonly baseUrl?: string | undefined;
  /** @default email */
  readonly channel?: string;
}

/** Sends outcomes by e-mail, through SES. */
export class SesNotifier implements Notifier {
  readonly channel: string;
  readonly #options: SesNotifierOptions;

  constructor(options: SesNotifierOptions) {
    this.#options = options;
    this.channel = options.channel ?? 'email';
  }

  get target(): string {
    return this.#options.to.join(', ');
  }

  async deliver(event: EventRecord): Promise<string | undefined> {
    const { client, from, to, baseUrl } = this.#options;
    const { subject, text, html } = mailFor(event, baseUrl);
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
    const { MessageId } = await inOurWords('SES', () =>
      client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [...to] },
          Content: {
            Simple: {
              Subject: utf8(subject),
              Body: { Text: utf8(text), Html: utf8(html) },
              // SES sets its own Message-ID: this one shows a repeat of the same outcome.
              Headers: [
                { Name: 'Auto-Submitted', Value: 'auto-generated' },
                { Name: 'X-Holdfast-Event', Value: event.id },
              ],
            },
          },
        }),
      ),
    );
    return MessageId;
  }
}
