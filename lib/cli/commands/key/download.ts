import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { isSystemError } from '../../../model/errors.ts';
import { Failure } from '../../failure.ts';
import { requireOutsideDataFolder } from '../../files/outside-data-folder.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import { keyPassword } from '../../options/key-password.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

interface DownloadOptions extends ApprovalOptions {
  readonly file: string;
  readonly passwordFile?: string;
  readonly hint?: string;
}

export const define = (command: Command, session: Session): void => {
  addApproval(command)
    .argument('<id>', 'the key')
    .requiredOption('--file <file>', 'the file to write, readable only for you; - for standard output')
    .option('--password-file <file>', 'a password of 12 or more characters; - reads standard input, or asks')
    .option('--hint <text>', 'a reminder of the password; anyone who has the file can read it')
    .action(async (given: string, { file, passwordFile, hint, ...approval }: DownloadOptions) => {
      if (file !== '-') requireOutsideDataFolder(file);
      const id = await findId(session, 'keys', given);
      const client = await session.client();
      // Checked before the password is asked for.
      await client.ask(keys.show(id));
      const password = await keyPassword(session, passwordFile, { isNew: true });
      const answer = await client.ask(keys.download(id, password, approval, hint));
      if (file === '-') await session.output.text(answer.text('file'));
      else {
        await writeKeyFile(file, answer.text('file'));
        await session.output.result({ id, file }, () => [file]);
      }
    });
};

const writeKeyFile = async (path: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if (isSystemError(cause, 'EEXIST')) throw new Failure('file_exists', `${path} already exists`, { cause });
    throw new Failure(
      'place_unwritable',
      `${path} cannot be written: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
};
