import type { Command } from 'commander';
import * as notices from '../../../client/calls/notices.ts';
import { exitCodes } from '../../../model/errors.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<channel>', 'the channel, as "holdfast channel list" shows it')
    .action(async (channel: string) => {
      const client = await session.client();
      const test = await client.ask(notices.testChannel(channel));
      const delivered = test.flag('delivered');
      if (!delivered) session.exitCode = exitCodes.failed;
      await session.output.result(test.raw, () => [
        `${visible(channel)} ${delivered ? 'accepted it' : 'did NOT accept it'}: ${visible(test.text('answer'))}`,
      ]);
    });
};
