import type { Command } from 'commander';
import * as approvals from '../../../client/calls/approvals.ts';
import { addPersonOptions, asPerson, type PersonOptions } from '../../login/as-person.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

interface RejectOptions extends PersonOptions {
  readonly reason?: string;
}

export const define = (command: Command, session: Session): void => {
  addPersonOptions(command)
    .argument('<id>', 'the request for approval')
    .option('--reason <text>', 'why')
    .action(async (given: string, { reason, ...person }: RejectOptions) => {
      const id = await findId(session, 'approvals', given);
      const body = reason === undefined ? {} : { reason };
      const ended = await asPerson(session, person, (client) => client.ask(approvals.reject(id, body)));
      await session.output.result(ended.raw, () => [`${id} is rejected`]);
    });
};
