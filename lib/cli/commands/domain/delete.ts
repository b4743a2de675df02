import type { Command } from 'commander';
import * as access from '../../../client/calls/access.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

interface DeleteOptions {
  readonly deleteKeys?: boolean;
  readonly yes?: true;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<name>', 'the domain; it must be empty')
    .option('--delete-keys', 'also delete its backup keys; archives stored elsewhere may need them')
    .option('-y, --yes', 'do not ask')
    .action(async (name: string, { deleteKeys = false, yes }: DeleteOptions) => {
      const client = await session.client();
      if (yes !== true) {
        await client.ask(access.domain(name));
        await confirm(
          `Delete the domain ${name}${deleteKeys ? ' and its backup keys' : ''} for good? [y/N] `,
        );
      }
      await client.finish(access.eraseDomain(name, deleteKeys));
      await session.output.result({ name, deleted: true }, () => [`domain ${name} is deleted`]);
    });
};
