import type { Command } from 'commander';
import * as approvals from '../../../client/calls/approvals.ts';
import { approvalReport } from '../../reports/approval-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the request for approval').action(async (given: string) => {
    const id = await findId(session, 'approvals', given);
    const client = await session.client();
    const approval = await client.ask(approvals.show(id));
    await session.output.result(approval.raw, () => approvalReport(approval));
  });
};
