import type { Command } from 'commander';
import * as notices from '../../../client/calls/notices.ts';
import type { DeliveryState, NoticeRecord } from '../../../model/records/notice.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Answer } from '../../requests/answer.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

interface Options extends PagingOptions {
  readonly type?: string;
  readonly dead?: true;
  readonly waiting?: true;
}

export const define = (command: Command, session: Session): void => {
  addPaging(command)
    .option('--type <event>', 'only notices of this type of event, such as backup.failed')
    .option('--dead', 'list the deliveries that were given up')
    .option('--waiting', 'list the deliveries that wait for a channel')
    .action(async ({ type, dead, waiting, ...paging }: Options) => {
      if (dead === true || waiting === true)
        return listDeliveries(session, dead === true ? 'dead' : 'waiting', paging);
      const client = await session.client();
      const page = await client.ask(notices.list({ ...pageQuery(paging), type }));
      await session.output.result(page.raw, () => noticeLines(page.list('resources')));
      tellRest(session.output, page, 'notice');
    });
};

const noticeLines = (listed: readonly Answer<NoticeRecord>[]): string[] =>
  listed.length === 0
    ? []
    : tableLines(
        [{ title: 'ID' }, { title: 'AT' }, { title: 'EVENT' }, { title: 'WHAT' }],
        listed.map((notice) => [
          visible(notice.text('id')),
          shownTime(notice.text('at')),
          visible(notice.text('type')),
          visible(notice.text('title') || notice.text('backupId')),
        ]),
      );

const listDeliveries = async (
  session: Session,
  state: DeliveryState,
  paging: PagingOptions,
): Promise<void> => {
  const client = await session.client();
  const page = await client.ask(notices.deliveries({ ...pageQuery(paging), state }));
  await session.output.result(page.raw, () => {
    const deliveries = page.list('resources');
    if (deliveries.length === 0) return [];
    return tableLines(
      [
        { title: 'NOTICE' },
        { title: 'EVENT' },
        { title: 'CHANNEL' },
        { title: 'ATTEMPTS', align: 'right' },
        { title: 'LAST ANSWER' },
      ],
      deliveries.map((delivery) => [
        visible(delivery.text('noticeId')),
        visible(delivery.text('type')),
        visible(delivery.text('channel')),
        String(delivery.count('attempts')),
        visible(delivery.text('lastAnswer')),
      ]),
    );
  });
  tellRest(session.output, page, 'such delivery', 'such deliveries');
};
