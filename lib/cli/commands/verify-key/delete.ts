import type { Command } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the SHA-256 of the key, as "holdfast verify-key list" shows it')
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { yes }: { yes?: true }) => {
      const id = await findId(session, 'verify-keys', given);
      const client = await session.client();
      if (yes !== true) await confirm(`Stop trusting the archives signed with ${id}? [y/N] `);
      await client.finish(keys.eraseVerifyKey(id));
      await session.output.result({ id, deleted: true }, () => [`${id} is deleted`]);
    });
};
