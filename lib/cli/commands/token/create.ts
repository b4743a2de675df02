import { type Command, Option } from 'commander';
import * as access from '../../../client/calls/access.ts';
import { type Role, roleNames } from '../../../model/access/permissions.ts';
import { requireOutsideDataFolder } from '../../files/outside-data-folder.ts';
import { createOwnFile } from '../../files/own-file.ts';
import { secondsOf } from '../../options/duration.ts';
import { tokenReport } from '../../reports/token-report.ts';
import { Answer } from '../../requests/answer.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';

interface CreateOptions {
  readonly name: string;
  readonly role: Role;
  readonly domain?: string;
  readonly expires?: string;
  readonly output?: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .requiredOption('--name <name>', 'a name that says what it is for; records and the audit trail show it')
    .addOption(
      new Option('--role <role>', 'its role, which says what it may do')
        .choices([...roleNames])
        .makeOptionMandatory(),
    )
    .option('--domain <domain>', 'the domain of the role (default: the whole installation)')
    .option('--expires <time>', 'how long it is valid, such as 12h or 90d (default: until it is revoked)')
    .option('--output <file>', 'write it to this new file, readable only for you, and do not show it')
    .action(async ({ name, role, domain, expires, output }: CreateOptions) => {
      const expiresInSeconds = expires === undefined ? undefined : secondsOf(expires, '--expires');
      if (output !== undefined) requireOutsideDataFolder(output);
      const client = await session.client();
      // The file is opened first: if it cannot be written, no token is made whose text would be lost.
      const file = output === undefined ? undefined : await createOwnFile(output);
      try {
        const made = await client.ask(access.createToken({ name, role, domain, expiresInSeconds }));
        await file?.write(`${made.text('token')}\n`);
        const { token, ...view } = made.raw;
        await session.output.result(
          file === undefined ? { ...view, token } : { ...view, file: output },
          () => [
            ...tokenReport(new Answer(made.raw)),
            ...(file === undefined ? ['', visible(made.text('token'))] : []),
          ],
        );
        session.output.note(
          file === undefined
            ? 'The last line is the token. It is shown only this once, and cannot be shown again.'
            : `The token is in ${visible(String(output))}, and cannot be shown again.`,
        );
      } finally {
        await file?.close();
      }
    });
};
