import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the backup').action(async (given: string) => {
    const id = await findId(session, 'backups', given);
    const client = await session.client();
    await client.finish(backups.undelete(id));
    await session.output.result({ id, held: true }, () => [
      `${id} is not deleted, and is held so that retention does not take it again; to release it: holdfast backup release ${id}`,
    ]);
  });
};
