import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the backup')
    .requiredOption('--reason <text>', 'the reason; "backup show" shows it')
    .action(async (given: string, { reason }: { reason: string }) => {
      const id = await findId(session, 'backups', given);
      const client = await session.client();
      const held = await client.ask(backups.hold(id, reason));
      await session.output.result(held.raw, () => [
        `${id} is held: nothing deletes it until "holdfast backup release ${id}"`,
      ]);
    });
};
