import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import { collect } from '../../collect.ts';
import { grantOf, ROLE_HELP, showInvited } from '../../requests/user-request.ts';
import type { Session } from '../../session.ts';

interface CreateOptions {
  readonly name: string;
  readonly mail?: string;
  readonly role: string[];
  readonly domain?: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .requiredOption('--name <name>', 'the name with which the person signs in')
    .requiredOption('--role <role>', ROLE_HELP, collect)
    .option(
      '--domain <domain>',
      'the domain of the person and of the roles (default: the whole installation)',
    )
    .option('--mail <address>', 'the mail address of the person')
    .action(async ({ name, mail, role, domain }: CreateOptions) => {
      const body = { name, mail, domain, grants: role.map(grantOf) };
      const client = await session.client();
      await showInvited(session, await client.ask(people.create(body)));
    });
};
