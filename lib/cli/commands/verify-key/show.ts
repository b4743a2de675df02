import type { Command } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { Failure } from '../../failure.ts';
import { verifyKeyLine } from '../../reports/lines/verify-key-line.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  command.action(async () => {
    const client = await session.client();
    const page = await client.ask(keys.listVerifyKeys({ limit: 1000 }));
    const own = page.list('resources').find((key) => key.flag('own'));
    if (own === undefined)
      throw new Failure('not_found', 'the server has no verify key of its own', {
        hint: 'Look at the log of the server for the reason; "holdfast verify-key list" shows the keys that it knows.',
      });
    await session.output.result(own.raw, () => [
      verifyKeyLine(visible(own.text('installation')), visible(own.text('publicKey'))),
    ]);
    session.output.note(`SHA-256 ${own.text('id')}`);
  });
};
