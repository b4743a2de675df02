/** What people can do with notices: send one again, and test a channel. */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import { newId } from '../../model/ids.ts';
import type { ChannelTest, NoticeView, ResendNotice } from '../../model/notices/notice-view.ts';
import type { NoticeRecord } from '../../model/records/notice.ts';
import { deliveryId } from '../../model/records/notice.ts';
import { scheduleOfPing } from '../../model/schedules/ping.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { domainOfSchedule, findSchedule } from '../schedules/find-schedules.ts';
import { getRecord } from '../task/operation-record.ts';
import { inTime } from './attempt.ts';
import { laneOf, lastAnswerOf, notifierOf } from './channels-of.ts';
import { isOwnChannel, ownNotifiers, showNotice } from './read-notices.ts';

/**
 * Delivers a notice again: to one channel, or to all where it is dead. It keeps its id, so that a receiver can
 * recognise the repeat.
 *
 * @throws `not_found`; `conflict` when there is nothing to send again, or it is being delivered right now
 */
export const resendNotice = async (
  host: Host,
  id: string,
  { channel }: ResendNotice,
): Promise<NoticeView> => {
  const { channels } = await getRecord(host, 'notice', id);
  if (channel !== undefined && !channels.includes(channel))
    throw new HoldfastError(
      'not_found',
      `the notice went to no channel "${channel}"; it went to: ${channels.join(', ') || 'none'}`,
    );
  const changes: Change[] = [];
  for (const each of channel === undefined ? channels : [channel]) {
    const found = await host.catalog.get('delivery', deliveryId(id, each));
    if (found === undefined || (channel === undefined && found.record.state !== 'dead')) continue;
    const now = timestamp(host.clock);
    const again = {
      state: 'waiting',
      attempts: 0,
      createdAt: now,
      nextAttemptAt: now,
      endedAt: null,
    } as const;
    changes.push(put('delivery', { ...found.record, ...again }, found.version));
  }
  if (changes.length === 0)
    throw new HoldfastError(
      'conflict',
      'the notice is not dead at any channel: name the channel to send it to again',
    );
  // Each has a commit of its own: a delivery that is under way does not stop the others.
  for (const change of changes) await host.catalog.commit([change]);
  host.hasten?.();
  return showNotice(host, id);
};

/** How long the API may take for all of it. */
const TEST_MILLISECONDS = 20_000;

/**
 * Sends a test to a channel now, and returns its answer. If the test arrives, a channel that was switched off is on
 * again.
 *
 * @throws `not_found`
 */
export const testChannel = async (host: Host, by: Principal, channel: string): Promise<ChannelTest> => {
  const own = await ownNotifiers(host, by, 'notice.write');
  const scheduleId = scheduleOfPing(channel);
  // Any other address is refused: this must not be a way to send mail to anybody.
  const isKnown = scheduleId !== undefined || own.some((one) => one.channel === channel);
  const isOwn = isKnown && (await isOwnChannel(host, by, 'notice.write', channel));
  const notifier = isOwn ? await notifierOf(host, channel) : undefined;
  if (notifier === undefined)
    throw new HoldfastError(
      'not_found',
      `there is no channel "${channel}"; there are: ${own.map((one) => one.channel).join(', ') || 'none'}`,
    );
  const schedule = scheduleId === undefined ? undefined : await findSchedule(host, scheduleId);
  const notice = { ...testNotice(host, by, channel), ...(schedule && domainOfSchedule(schedule)) };
  const { delivered, answer } = await answerTo(notifier.deliver(notice));
  const now = timestamp(host.clock);
  await host.catalog.commit([
    put('notice', notice),
    put('delivery', {
      ...{
        noticeId: notice.id,
        channel,
        lane: laneOf(host, channel),
        type: notice.type,
        attempts: 1,
        lastAnswer: answer,
      },
      ...{ createdAt: notice.at, nextAttemptAt: now, endedAt: now, state: delivered ? 'delivered' : 'dead' },
    }),
    ...lastAnswerOf(host, { channel, delivered, answer }),
    ...(delivered ? [{ remove: 'channel', id: channel } as const] : []),
  ]);
  return { noticeId: notice.id, channel, delivered, answer };
};

const answerTo = async (
  delivering: Promise<string | undefined>,
): Promise<{ delivered: boolean; answer: string }> => {
  try {
    return { delivered: true, answer: (await inTime(delivering, TEST_MILLISECONDS)) ?? 'taken' };
  } catch (thrown) {
    return { delivered: false, answer: shortErrorOf(thrown) };
  }
};

const testNotice = (host: Host, { name }: Principal, channel: string): NoticeRecord => ({
  id: newId('event'),
  type: 'channel.test',
  installation: host.config.installation,
  at: timestamp(host.clock),
  title: `this is a test of the channel ${channel}`,
  by: name,
  shortError: '',
  summary: 'Nothing has happened. This channel receives the notices of this installation.',
  nextSteps: [],
  channels: [channel],
});
