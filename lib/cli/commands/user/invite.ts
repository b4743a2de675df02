import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import { findId } from '../../requests/find-id.ts';
import { showInvited } from '../../requests/user-request.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<person>', 'the name, or an id or the beginning of one')
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { yes }: { yes?: true }) => {
      const id = await findId(session, 'users', given);
      const client = await session.client();
      if (yes !== true) {
        await client.ask(people.show(id));
        await confirm(`Delete the password of ${id}, and end all sessions? [y/N] `);
      }
      await showInvited(session, await client.ask(people.invite(id)));
    });
};
