/** Calls an address after each run of a schedule, so that somebody else notices when the calls stop. */
import type { EventRecord } from '../../../model/records/event.ts';
import { pingChannel, pingOf } from '../../../model/schedules/ping.ts';
import type { Notifier, PingAddress } from '../../../ports/notifier.ts';
import { answerOf } from './answer-of.ts';
import type { ChannelTools } from './channel-tools.ts';
import { guardedRequest } from './guarded-request.ts';

/**
 * As for healthchecks.io: the address itself is called after a success, and `/fail` is appended after everything else.
 */
export class PingNotifier implements Notifier {
  readonly channel: string;
  readonly target: string;
  readonly secrets: NonNullable<Notifier['secrets']>;
  readonly #scheduleId: string;
  readonly #url: () => Promise<string>;
  readonly #tools: Pick<ChannelTools, 'clock' | 'allowed' | 'resolve'>;

  constructor(
    scheduleId: string,
    { host, url, secrets = [] }: PingAddress & Pick<Notifier, 'secrets'>,
    tools: Pick<ChannelTools, 'clock' | 'allowed' | 'resolve'>,
  ) {
    this.channel = pingChannel(scheduleId);
    this.target = host;
    this.secrets = secrets;
    this.#scheduleId = scheduleId;
    this.#url = url;
    this.#tools = tools;
  }

  takes({ type, scheduleId }: EventRecord): boolean {
    return scheduleId === this.#scheduleId && pingOf(type) !== undefined;
  }

  async deliver(event: EventRecord): Promise<string> {
    const { clock, allowed, resolve } = this.#tools;
    const url = new URL(await this.#url());
    if (pingOf(event.type) === 'failure') url.pathname = `${url.pathname.replace(/\/$/, '')}/fail`;
    const answer = await guardedRequest({
      url: url.href,
      headers: { 'user-agent': 'holdfast', 'content-type': 'text/plain; charset=utf-8' },
      // The text that such services show with the call. It names no files, because it leaves the installation.
      body: `${event.type} ${event.backupId ?? ''}`.trim(),
      allowed,
      ...(resolve !== undefined && { resolve }),
    });
    return answerOf(this.channel, answer, clock.now());
  }
}
