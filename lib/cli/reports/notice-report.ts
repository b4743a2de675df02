/** A notice as people read it, with the state of its delivery at each channel. */
import type { NoticeView } from '../../model/notices/notice-view.ts';
import type { Answer } from '../requests/answer.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { pairLines, tableLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

export const noticeReport = (notice: Answer<NoticeView>): string[] => [
  ...pairLines([
    ['notice', visible(notice.text('id'))],
    ['event', visible(notice.text('type'))],
    ['what', visible(notice.text('title'))],
    ['why', visible(notice.text('shortError'))],
    ['backup', visible(notice.text('backupId'))],
    ['schedule', visible(notice.text('scheduleId'))],
    ['by', visible(notice.text('by'))],
    ['at', shownTime(notice.text('at'))],
  ]),
  ...deliveryLines(notice),
  ...indented(notice.text('summary').split('\n')),
];

const indented = (lines: readonly string[]): string[] => {
  const shown = lines.filter((line) => line !== '').map((line) => `  ${visible(line)}`);
  return shown.length === 0 ? [] : ['', ...shown];
};

const deliveryLines = (notice: Answer<NoticeView>): string[] => {
  const deliveries = notice.list('deliveries');
  if (deliveries.length === 0) return ['', 'no rule sends it to a channel'];
  return [
    '',
    ...tableLines(
      [
        { title: 'CHANNEL' },
        { title: 'STATE' },
        { title: 'ATTEMPTS', align: 'right' },
        { title: 'LAST ANSWER' },
      ],
      deliveries.map((delivery) => [
        visible(delivery.text('channel')),
        visible(delivery.text('state')),
        String(delivery.count('attempts')),
        visible(delivery.text('lastAnswer')),
      ]),
    ),
  ];
};
