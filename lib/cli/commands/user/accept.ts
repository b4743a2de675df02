import type { Command } from 'commander';
import * as sessions from '../../../client/calls/sessions.ts';
import { strangersInstallation } from '../../login/installation.ts';
import { Client } from '../../requests/client.ts';
import type { Session } from '../../session.ts';
import { askSecret, readPassphrase, readPassword } from '../../terminal/passphrase.ts';

interface AcceptOptions {
  readonly invitationFile?: string;
  readonly passwordFile?: string;
}

const INVITATION = '--invitation-file';
const PASSWORD = '--password-file';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<url>', 'the address of the installation, such as https://holdfast.example.com')
    .option(`${INVITATION} <file>`, 'the invitation; - reads standard input, or asks')
    .option(`${PASSWORD} <file>`, 'the new password; - reads standard input, or asks')
    .action(async (address: string, { invitationFile, passwordFile }: AcceptOptions) => {
      const whenRefused = 'Whoever invited you makes another one: holdfast user invite NAME';
      const installation = { ...strangersInstallation(address), whenRefused };
      session.warnUnencrypted(installation);
      const invitation =
        invitationFile === undefined
          ? await askSecret('Invitation: ', INVITATION)
          : await readPassphrase(session, invitationFile, { option: INVITATION, isNew: true });
      const password = await readPassword(session, passwordFile, { option: PASSWORD, isNew: true });
      await new Client(installation).finish(sessions.acceptInvitation(invitation.trim(), password));
      await session.output.result({ passwordSet: true }, () => ['The password is set: sign in with it.']);
    });
};
