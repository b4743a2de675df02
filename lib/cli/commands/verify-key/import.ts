import type { Command } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { usageFailure } from '../../failure.ts';
import { parseVerifyKey } from '../../reports/lines/verify-key-line.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';

interface ImportOptions {
  readonly file?: string;
  readonly installation?: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('[key]', 'the key, in base64')
    .option('--file <file>', 'what "holdfast verify-key show" printed there; - reads standard input')
    .option('--installation <name>', 'the installation that it belongs to; the file names it too')
    .action(async (key: string | undefined, { file, installation }: ImportOptions) => {
      if ((key === undefined) === (file === undefined))
        throw usageFailure('name one: the key, or --file with what "holdfast verify-key show" printed');
      const said = parseVerifyKey(key ?? (await session.readInput(file ?? '-', '--file', 4096)));
      const name = installation ?? said.installation;
      if (name === undefined)
        throw usageFailure(
          'the installation of the verify key is not named',
          'Add --installation with a name to know it by.',
        );
      const client = await session.client();
      const record = await client.ask(
        keys.importVerifyKey({ installation: name, publicKey: said.publicKey }),
      );
      await session.output.result(record.raw, () => [
        `archives signed by ${visible(record.text('installation'))} are trusted: ${record.text('id')}`,
      ]);
    });
};
