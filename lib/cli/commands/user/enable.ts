import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<person>', 'the name, or an id or the beginning of one').action(async (given: string) => {
    const id = await findId(session, 'users', given);
    const client = await session.client();
    await client.ask(people.enable(id));
    await session.output.result({ id, enabled: true }, () => [`${id} may sign in again`]);
  });
};
