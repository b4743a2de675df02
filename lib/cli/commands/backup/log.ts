import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the backup').action(async (given: string) => {
    const id = await findId(session, 'backups', given);
    const client = await session.client();
    const log = await client.text(backups.log(id));
    if (session.output.json) await session.output.result({ id, log }, () => []);
    else await session.output.text(log);
  });
};
