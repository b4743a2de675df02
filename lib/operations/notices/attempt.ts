/** Makes one attempt at one delivery, and writes down its outcome. */
import { shortErrorOf } from '../../model/errors.ts';
import {
  type ChannelState,
  type DeliveryRecord,
  type DeliveryState,
  deliveryId,
  type NoticeRecord,
} from '../../model/records/notice.ts';
import { within } from '../../model/time-limit.ts';
import { type Change, put, type Versioned } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { ChannelGone, DeliveryFailed, DeliveryRefused } from '../../ports/notifier.ts';
import { commitUnlessTaken } from '../task/fresh-commit.ts';
import { tell } from '../task/tell.ts';
import { lastAnswerOf, notifierOf } from './channels-of.ts';
import { disabledAnswer } from './hand-out.ts';

/** Waits between attempts: half a minute, doubled each time up to an hour, half of it random. */
const FIRST_WAIT_SECONDS = 30;
const LONGEST_BACKOFF_SECONDS = 3600;
/** The longest wait that a channel may ask for. */
export const LONGEST_WAIT_SECONDS = 6 * 3600;
/** How long a refused delivery is tried again: the cause may be a mistake in the channel's settings. */
const REFUSED_MILLISECONDS = 24 * 3600_000;
/** How long a delivery is tried before it is given up. It is still listed then. */
const GIVEN_UP_MILLISECONDS = 7 * 24 * 3600_000;
/** How long a channel may take for one notice. */
const ATTEMPT_MILLISECONDS = 60_000;
/** How long a delivery belongs to one attempt; after a crash in between another attempt takes it. */
const CLAIM_SECONDS = 120;

const later = ({ clock }: Host, seconds: number): string =>
  new Date(clock.now().getTime() + seconds * 1000).toISOString();

/** @returns the state of the delivery now; undefined when another attempt had it, or it was removed */
export const attempt = async (
  host: Host,
  { noticeId, channel }: DeliveryRecord,
): Promise<DeliveryState | undefined> => {
  const claimed = await claim(host, deliveryId(noticeId, channel));
  if (claimed === undefined) return undefined;
  const notice = (await host.catalog.get('notice', noticeId))?.record;
  const off = (await host.catalog.get('channel', channel))?.record;
  const outcome = await outcomeOf(host, claimed.record, notice, off);
  const { state, attempts, lastAnswer: answer } = outcome.delivery;
  const changes: Change[] = [put('delivery', outcome.delivery, claimed.version)];
  if (attempts > claimed.record.attempts)
    changes.push(...lastAnswerOf(host, { channel, delivered: state === 'delivered', answer }));
  if (outcome.gone !== undefined) changes.push(...switchOff(host, channel, outcome.gone));
  await commitUnlessTaken(host.catalog, changes);
  if (outcome.gone !== undefined) host.hasten?.();
  return state;
};

/** Claims the delivery for this attempt; undefined when another has it. */
const claim = async (host: Host, id: string): Promise<Versioned<DeliveryRecord> | undefined> => {
  const found = await host.catalog.get('delivery', id);
  if (found === undefined || found.record.state !== 'waiting') return undefined;
  const now = host.clock.now().getTime();
  const next = Date.parse(found.record.nextAttemptAt);
  if (next > now && next <= now + LONGEST_WAIT_SECONDS * 1000) return undefined;
  const record = { ...found.record, nextAttemptAt: later(host, CLAIM_SECONDS) };
  const isMine = await commitUnlessTaken(host.catalog, [put('delivery', record, found.version)]);
  return isMine ? { record, version: found.version + 1 } : undefined;
};

interface Outcome {
  readonly delivery: DeliveryRecord;
  /** Why the channel must be switched off. */
  readonly gone?: string;
}

const outcomeOf = async (
  host: Host,
  delivery: DeliveryRecord,
  notice: NoticeRecord | undefined,
  off: ChannelState | undefined,
): Promise<Outcome> => {
  const ended = (state: 'delivered' | 'dead', lastAnswer: string, attempts = delivery.attempts): Outcome => ({
    delivery: { ...delivery, state, lastAnswer, attempts, endedAt: timestamp(host.clock) },
  });
  const notifier = await notifierOf(host, delivery.channel);
  if (notice === undefined) return ended('dead', 'the notice is no longer stored');
  if (off !== undefined) return ended('dead', disabledAnswer(off.disabledAt, off.reason));
  if (notifier === undefined) return ended('dead', 'the channel no longer exists');
  const attempts = delivery.attempts + 1;
  try {
    const answer = await inTime(notifier.deliver(notice));
    return ended('delivered', answer ?? 'taken', attempts);
  } catch (thrown) {
    const answer = shortErrorOf(thrown);
    const about = { noticeId: delivery.noticeId, attempts, error: answer };
    if (thrown instanceof ChannelGone) return { ...ended('dead', answer, attempts), gone: answer };
    const age = host.clock.now().getTime() - Date.parse(delivery.createdAt);
    const isRefused = thrown instanceof DeliveryRefused;
    if (age > (isRefused ? REFUSED_MILLISECONDS : GIVEN_UP_MILLISECONDS)) {
      host.log.error(
        `${delivery.channel} has ${isRefused ? 'refused a notice for a day' : 'not taken a notice for a week'}; its delivery is given up: check the settings of this channel, then send it again`,
        about,
      );
      return ended('dead', answer, attempts);
    }
    host.log.warn(
      `a notice could not be delivered to ${delivery.channel}; the delivery is tried again`,
      about,
    );
    const nextAttemptAt = later(host, waitSeconds(delivery.attempts, thrown));
    return { delivery: { ...delivery, attempts, lastAnswer: answer, nextAttemptAt } };
  }
};

/** Half of the wait is random, so that deliveries that failed together are not repeated together. */
const waitSeconds = (attempts: number, thrown: unknown): number => {
  const most = Math.min(LONGEST_BACKOFF_SECONDS, FIRST_WAIT_SECONDS * 2 ** Math.min(attempts, 10));
  const asked = thrown instanceof DeliveryFailed ? thrown.retryAfterSeconds : 0;
  return Math.max(most * (0.5 + Math.random() / 2), Math.min(asked, LONGEST_WAIT_SECONDS));
};

/** @throws when it takes too long; the delivery is then tried again, even if it arrives later */
export const inTime = <T>(work: Promise<T>, milliseconds = ATTEMPT_MILLISECONDS): Promise<T> =>
  within(work, milliseconds, (): never => {
    throw new DeliveryFailed(`the channel did not answer within ${milliseconds / 1000} s`);
  });

/** Switches a channel off, and says so in the log and on every other channel that wants to know. */
const switchOff = (host: Host, channel: string, reason: string): Change[] => {
  host.log.error(`the channel ${channel} is switched off: it answered that it no longer exists (HTTP 410)`, {
    channel,
    reason,
  });
  return [
    put('channel', { channel, disabledAt: timestamp(host.clock), reason }),
    tell(host, {
      type: 'channel.disabled',
      title: `the channel ${channel} is switched off`,
      shortError: reason,
      nextSteps: [
        'No notices are sent there. Correct its address, then test it, which switches it on again:',
        `  holdfast notice test ${channel}`,
      ],
    }),
  ];
};
