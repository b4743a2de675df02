import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import { backupReport } from '../../reports/backup-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the backup').action(async (given: string) => {
    const id = await findId(session, 'backups', given);
    const client = await session.client();
    const backup = await client.ask(backups.show(id));
    await session.output.result(backup.raw, () => backupReport(backup));
  });
};
