import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { makeFolders } from '../../archive/destination/make-folders.ts';
import { describeCommand, everyCommand } from '../described/described-command.ts';
import { findCommand } from '../described/find-command.ts';
import { manFileName, manPage } from '../described/man-page.ts';
import { OUTLINE, type WholeProgram } from '../described/whole-program.ts';
import { Failure, usageFailure } from '../failure.ts';
import type { Session } from '../session.ts';
import { countOf } from '../terminal/quantities.ts';

export const define = (command: Command, session: Session, whole: WholeProgram): void => {
  command
    .argument('[command...]', 'the command, in one word or more')
    .option(
      '--output <dir>',
      'write the pages of all commands to this folder, such as ~/.local/share/man/man1',
    )
    .action(async (words: readonly string[], { output }: { readonly output?: string }) => {
      const program = await whole();
      const described = describeCommand(program);
      if (output !== undefined) {
        if (words.length > 0)
          throw usageFailure('--output writes the pages of all commands: do not name a command with it');
        await writePages(session, output, described);
        return;
      }
      findCommand(program, words);
      const page = everyCommand(described).find(({ path }) => path.slice(1).join(' ') === words.join(' '));
      if (page !== undefined) await session.output.text(manPage(page, described, OUTLINE));
    });
};

const writePages = async (
  { output }: Session,
  folder: string,
  program: ReturnType<typeof describeCommand>,
): Promise<void> => {
  const files = everyCommand(program).map((page) => ({
    path: join(folder, manFileName(page)),
    text: manPage(page, program, OUTLINE),
  }));
  try {
    makeFolders(folder);
    for (const { path, text } of files) await writeFile(path, text);
  } catch (cause) {
    throw new Failure('place_unwritable', `the manual pages cannot be written: ${Object(cause).message}`, {
      cause,
    });
  }
  await output.result({ folder, files: files.map(({ path }) => path) }, () => [
    `${countOf(files.length, 'page')} in ${folder}`,
  ]);
};
