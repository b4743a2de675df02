import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { readPassword } from '../../terminal/passphrase.ts';

const OPTION = '--password-file';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<person>', 'the name, or an id or the beginning of one')
    .option(`${OPTION} <file>`, 'the new password; - reads standard input, or asks')
    .action(async (given: string, { passwordFile }: { passwordFile?: string }) => {
      const id = await findId(session, 'users', given);
      const password = await readPassword(session, passwordFile, { option: OPTION, isNew: true });
      const client = await session.client();
      await client.finish(people.setPassword(id, { password }));
      await session.output.result({ id, passwordSet: true }, () => [
        `The password of ${id} is set, and all sessions have ended.`,
      ]);
    });
};
