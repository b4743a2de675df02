import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { EventRecord } from '../../../model/records/event.ts';
import type { Notifier } from '../../../ports/notifier.ts';
import { mailFor } from '../../event-mail.ts';
import { inOurWords } from '../sdk/aws-errors.ts';

export interface SesNotifierOptions {
  readonly client: SESv2Client;
  /** An address or domain that SES has verified. */
  readonly from: string;
  readonly to: readonly string[];
}

/** Outcomes by e-mail over SES. */
export class SesNotifier implements Notifier {
  readonly channel = 'email';
  readonly #options: SesNotifierOptions;

  constructor(options: SesNotifierOptions) {
    this.#options = options;
  }

  async deliver(event: EventRecord): Promise<void> {
    const { client, from, to } = this.#options;
    const { subject, text } = mailFor(event);
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
    await inOurWords('SES', () =>
      client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [...to] },
          Content: {
            Simple: {
              Subject: utf8(subject),
              Body: { Text: utf8(text) },
              // SES sets its own Message-ID: this tells a repeat of the same outcome.
              Headers: [
                { Name: 'Auto-Submitted', Value: 'auto-generated' },
                { Name: 'X-Holdfast-Event', Value: event.id },
              ],
            },
          },
        }),
      ),
    );
  }
}
