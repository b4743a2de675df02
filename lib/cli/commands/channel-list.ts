import type { Command } from 'commander';
import * as notices from '../../client/calls/notices.ts';
import type { ChannelView } from '../../model/notices/notice-view.ts';
import type { Answer } from '../requests/answer.ts';
import type { Session } from '../session.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { tableLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  command.action(async () => {
    const client = await session.client();
    const page = await client.ask(notices.channels());
    await session.output.result(page.raw, () =>
      tableLines(
        [
          { title: 'CHANNEL' },
          { title: 'LEADS TO' },
          { title: 'WAITING', align: 'right' },
          { title: 'STATE' },
          { title: 'LAST ANSWER' },
        ],
        page
          .list('resources')
          .map((channel) => [
            visible(channel.text('id')),
            visible(channel.text('target')),
            String(channel.count('waiting')),
            channel.flag('enabled')
              ? 'on'
              : `OFF since ${shownTime(channel.text('disabledAt'))}: ${visible(channel.text('reason'))}`,
            lastAnswer(channel),
          ]),
      ),
    );
  });
};

const lastAnswer = (channel: Answer<ChannelView>): string => {
  const at = channel.text('lastAnsweredAt');
  if (at === '') return '-';
  return `${shownTime(at)}${channel.flag('lastDelivered') ? '' : ', not accepted'}: ${visible(channel.text('lastAnswer'))}`;
};
