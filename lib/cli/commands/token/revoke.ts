import type { Command } from 'commander';
import * as access from '../../../client/calls/access.ts';
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
    .option(
      '--with-children',
      'also revoke the tokens that were created with it, and those created with them in turn',
    )
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { withChildren = false, yes }: RevokeOptions) => {
      const id = await findId(session, 'tokens', given);
      const client = await session.client();
      if (yes !== true) {
        await client.ask(access.token(id));
        await confirm(
          `Revoke the token ${id}${withChildren ? ' and all tokens that were created with it' : ''}? [y/N] `,
        );
      }
      await client.finish(access.revokeToken(id, { children: withChildren }));
      await session.output.result({ id, revoked: true }, () => [`${id} is revoked`]);
    });
};
