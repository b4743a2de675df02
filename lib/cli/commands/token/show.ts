import type { Command } from 'commander';
import * as access from '../../../client/calls/access.ts';
import { tokenReport } from '../../reports/token-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the token').action(async (given: string) => {
    const id = await findId(session, 'tokens', given);
    const client = await session.client();
    const token = await client.ask(access.token(id));
    await session.output.result(token.raw, () => tokenReport(token));
  });
};
