import type { Command } from 'commander';
import * as approvals from '../../../client/calls/approvals.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the request for approval').action(async (given: string) => {
    const id = await findId(session, 'approvals', given);
    const client = await session.client();
    const ended = await client.ask(approvals.withdraw(id));
    await session.output.result(ended.raw, () => [`${id} is withdrawn`]);
  });
};
