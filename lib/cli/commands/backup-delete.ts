import type { Command } from 'commander';
import { findId } from '../requests/find-id.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';

interface DeleteOptions {
  readonly yes?: true;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the backup')
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { yes }: DeleteOptions) => {
      const id = await findId(session, 'backups', given);
      const client = await session.client();
      const path = `/v1/backups/${encodeURIComponent(id)}`;
      if (yes !== true) {
        // Asking about what is not there would be a trick question.
        await client.get(path);
        await confirm(`Delete the backup ${id} and its archive for good? [y/N] `);
      }
      await client.remove(path);
      await session.output.result({ id, deleted: true }, () => [`${id} is deleted`]);
    });
};
