import type { Command } from 'commander';
import * as notices from '../../../client/calls/notices.ts';
import { noticeReport } from '../../reports/notice-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the notice').action(async (given: string) => {
    const id = await findId(session, 'notices', given);
    const client = await session.client();
    const notice = await client.ask(notices.show(id));
    await session.output.result(notice.raw, () => noticeReport(notice));
  });
};
