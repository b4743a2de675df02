/** `backup-token create` and `backup-token reset`: the user types a word, and gives the API token once more. */
import type { Command } from 'commander';
import * as people from '../../client/calls/people.ts';
import { Failure, usageFailure } from '../failure.ts';
import type { Session } from '../session.ts';
import { askLine } from '../terminal/confirm.ts';
import { askPassphrase, readPassphrase } from '../terminal/passphrase.ts';
import { shownTime } from '../terminal/shown-time.ts';

interface MakeOptions {
  readonly confirm?: string;
  readonly tokenFile?: string;
}

export const defineMaking = (command: Command, session: Session, word: 'create' | 'reset'): void => {
  command
    .option('--confirm <word>', `the word ${word}, if nobody can type it at a prompt`)
    .option('--token-file <file>', 'the API token again, as proof; - reads standard input, or asks')
    .action(async ({ confirm, tokenFile }: MakeOptions) => {
      await requireWord(word, confirm);
      const token =
        tokenFile === undefined
          ? await askPassphrase(false, '--token-file')
          : await readPassphrase(session, tokenFile, { option: '--token-file', isNew: false });
      const client = await session.client();
      const made = await client.ask(people.makeBackupToken({ confirm: word, token }));
      await session.output.result(made.raw, () => [made.text('backupToken')]);
      session.output.say(
        'The backup token, shown only this once. Commands read it from HOLDFAST_BACKUP_TOKEN.',
        `It can be used from ${shownTime(made.text('usableFrom'))} on. Every administrator is notified.`,
      );
    });
};

const requireWord = async (word: string, given: string | undefined): Promise<void> => {
  if (given === word) return;
  if (given !== undefined)
    throw usageFailure(`--confirm ${given}: not the word that is asked for`, `Give --confirm ${word}.`);
  if (!process.stdin.isTTY) throw usageFailure(`the word ${word} is to be typed`, `Add --confirm ${word}.`);
  if ((await askLine(`Type ${word} to ${word} your backup token: `)) === word) return;
  throw new Failure('cancelled', 'nothing was changed');
};
