/** What an HTTP answer means for a delivery. */
import { visible } from '../../../model/text/visible-text.ts';
import { ChannelGone, DeliveryFailed, DeliveryRefused } from '../../../ports/notifier.ts';
import type { GuardedAnswer } from './guarded-request.ts';

const TRIED_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * @param name the channel's host, for messages
 * @returns the status of a success
 * @throws `ChannelGone` for 410; `DeliveryFailed` for an answer that allows another attempt, with its Retry-After;
 * `DeliveryRefused` for others, also for redirects, which are not followed
 */
export const answerOf = (name: string, { status, headers, text }: GuardedAnswer, now: Date): string => {
  if (status >= 200 && status < 300) return `HTTP ${status}`;
  const said = visible(text.trim()).slice(0, 200);
  const sentence = `${name} answered HTTP ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 410) throw new ChannelGone(`${name} answered HTTP 410: the address no longer exists`);
  if (status >= 300 && status < 400)
    throw new DeliveryRefused(
      `${sentence}; redirects are not followed: write the address to which it redirects`,
    );
  if (TRIED_AGAIN.has(status) || status >= 500)
    throw new DeliveryFailed(sentence, { retryAfterSeconds: retryAfterSeconds(headers['retry-after'], now) });
  throw new DeliveryRefused(sentence);
};

/** Retry-After is a number of seconds, or a date. 0 for anything else. */
const retryAfterSeconds = (header: string | string[] | undefined, now: Date): number => {
  if (typeof header !== 'string') return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const until = Date.parse(header);
  return Number.isNaN(until) ? 0 : Math.max(0, (until - now.getTime()) / 1000);
};
