import type { Command } from 'commander';
import { Client } from '../requests/client.ts';
import { namedInstallation } from '../requests/installation.ts';
import { writeLogin } from '../requests/login-file.ts';
import type { Session } from '../session.ts';
import { askSecret, readPassphrase } from '../terminal/passphrase.ts';
import { visible } from '../terminal/visible-text.ts';

const OPTION = '--token-file';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<url>', 'the address of the installation, such as https://holdfast.example.com')
    .option(`${OPTION} <file>`, 'a token of it; - reads standard input, or asks')
    .action(async (address: string, { tokenFile }: { tokenFile?: string }) => {
      const token = (
        tokenFile === undefined
          ? await askSecret('Token: ', OPTION)
          : await readPassphrase(session, tokenFile, { option: OPTION, isNew: true })
      ).trim();
      const installation = namedInstallation(address, token, 'the address');
      session.warnUnencrypted(installation);
      // Nothing is kept that the installation does not take.
      await new Client(installation).get('/v1/status');
      const { url } = installation;
      const file = await writeLogin(session.environment, { url, token });
      await session.output.result({ url, file }, () => [`logged in to ${visible(url)}`]);
      session.output.note(
        `The token is in ${file}. Commands use it where neither --data, HOLDFAST_URL nor a server in ./holdfast-data says otherwise.`,
      );
    });
};
