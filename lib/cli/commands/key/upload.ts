import type { Command } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { readKeyFileAt } from '../../files/key-file.ts';
import { keyPassword } from '../../options/key-password.ts';
import { keyReport } from '../../reports/key-report.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';

interface UploadOptions {
  readonly file: string;
  readonly passwordFile?: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .requiredOption('--file <file>', 'the key file')
    .option('--password-file <file>', 'the password of the key file; - reads standard input, or asks')
    .action(async ({ file, passwordFile }: UploadOptions) => {
      const { facts, text } = await readKeyFileAt(session, file);
      const client = await session.client();
      if (passwordFile === undefined && facts.hint !== '') session.output.say(`Hint: ${visible(facts.hint)}`);
      const password = await keyPassword(session, passwordFile, { isNew: false });
      const key = await client.ask(keys.upload(text, password));
      await session.output.result(key.raw, () => keyReport(key));
      session.output.note(
        `Archives signed by ${visible(facts.installation)} are trusted here from now on; "holdfast verify-key list" shows all.`,
      );
    });
};
