import type { Command } from 'commander';
import * as installation from '../../../client/calls/installation.ts';
import { findRunning } from '../../requests/find-running.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the backup, restore or verification that runs; the beginning of its id, or latest')
    .action(async (given: string) => {
      const id = await findRunning(session, given);
      const client = await session.client();
      const answer = await client.ask(installation.cancel(id));
      await session.output.result({ id, ...answer.raw }, () => [`${id} is being cancelled`]);
    });
};
