import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import { userReport } from '../../reports/user-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<person>', 'the name, or an id or the beginning of one').action(async (given: string) => {
    const id = await findId(session, 'users', given);
    const client = await session.client();
    const user = await client.ask(people.show(id));
    await session.output.result(user.raw, () => userReport(user));
  });
};
