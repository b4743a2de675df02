import type { Command } from 'commander';
import * as notices from '../../../client/calls/notices.ts';
import { noticeReport } from '../../reports/notice-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the notice')
    .option(
      '--channel <channel>',
      'only to this channel, whatever the state there (default: to each channel where it is dead)',
    )
    .action(async (given: string, { channel }: { channel?: string }) => {
      const id = await findId(session, 'notices', given);
      const client = await session.client();
      const notice = await client.ask(notices.resend(id, channel === undefined ? {} : { channel }));
      await session.output.result(notice.raw, () => noticeReport(notice));
    });
};
