/** `user disable` and `user delete`: sessions end, and the person's tokens are revoked if the command says so. */
import type { Command } from 'commander';
import type { Call } from '../../client/call.ts';
import * as people from '../../client/calls/people.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';
import { findId } from './find-id.ts';

interface EndOptions {
  readonly withTokens?: boolean;
  readonly yes?: true;
}

interface Ending {
  readonly question: string;
  readonly end: (id: string, body: { readonly tokens: boolean }) => Call<unknown>;
  readonly done: 'disabled' | 'removed';
}

export const defineEnding = (command: Command, session: Session, { question, end, done }: Ending): void => {
  command
    .argument('<person>', 'the name, or an id or the beginning of one')
    .option(
      '--with-tokens',
      'also revoke the tokens that the person has created, and those created with them in turn',
    )
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { withTokens = false, yes }: EndOptions) => {
      const id = await findId(session, 'users', given);
      const client = await session.client();
      if (yes !== true) {
        await client.ask(people.show(id));
        await confirm(
          `${question} ${id}${withTokens ? ' and revoke the tokens of that person' : ''}? [y/N] `,
        );
      }
      await client.finish(end(id, { tokens: withTokens }));
      await session.output.result({ id, [done]: true }, () => [`${id} is ${done}`]);
    });
};
