import type { Command } from 'commander';
import * as restores from '../../../client/calls/restores.ts';
import { restoreReport } from '../../reports/restore-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the restore').action(async (given: string) => {
    const id = await findId(session, 'restores', given);
    const client = await session.client();
    const restore = await client.ask(restores.show(id));
    await session.output.result(restore.raw, () => restoreReport(restore));
  });
};
