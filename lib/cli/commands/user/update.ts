import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import type { PersonView } from '../../../model/records/person.ts';
import { collect } from '../../collect.ts';
import { usageFailure } from '../../failure.ts';
import { userReport } from '../../reports/user-report.ts';
import { findId } from '../../requests/find-id.ts';
import { grantOf, ROLE_HELP } from '../../requests/user-request.ts';
import type { Session } from '../../session.ts';

interface UpdateOptions {
  readonly name?: string;
  readonly mail?: string | false;
  readonly role?: string[];
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<person>', 'the name, or an id or the beginning of one')
    .option('--name <name>', 'the name with which the person signs in')
    .option('--mail <address>', 'the mail address of the person')
    .option('--no-mail', 'the person has no mail address')
    .option('--role <role>', `${ROLE_HELP}; replaces all present roles`, collect)
    .action(async (given: string, { name, mail, role }: UpdateOptions) => {
      if (name === undefined && mail === undefined && role === undefined)
        throw usageFailure('no change was given', 'Give --name, --mail or --role.');
      const id = await findId(session, 'users', given);
      const client = await session.client();
      const now: Partial<PersonView> = (await client.ask(people.show(id))).raw;
      const body = {
        name: name ?? now.name,
        mail: mail === false ? null : (mail ?? now.mail ?? null),
        grants: role === undefined ? now.grants : role.map(grantOf),
      };
      const user = await client.ask(people.change(id, body));
      await session.output.result(user.raw, () => userReport(user));
    });
};
