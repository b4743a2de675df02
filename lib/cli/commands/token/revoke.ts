import type { Command } from 'commander';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

interface RevokeOptions {
  readonly withChildren?: boolean;
  readonly yes?: true;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the token, as "holdfast token list" shows it')
    .option('--with-children', 'and the tokens that were made with it, and those that were made with them')
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { withChildren = false, yes }: RevokeOptions) => {
      const id = await findId(session, 'tokens', given);
      const client = await session.client();
      const path = `/v1/tokens/${encodeURIComponent(id)}`;
      if (yes !== true) {
        await client.get(path);
        await confirm(
          `Revoke the token ${id}${withChildren ? ' and all that was made with it' : ''}? [y/N] `,
        );
      }
      await client.remove(path, { body: { children: withChildren } });
      await session.output.result({ id, revoked: true }, () => [`${id} is revoked`]);
    });
};
