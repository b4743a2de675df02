import type { Command } from 'commander';
import { findCommand } from '../described/find-command.ts';
import type { WholeProgram } from '../described/whole-program.ts';
import type { Session } from '../session.ts';

export const define = (command: Command, _session: Session, whole: WholeProgram): void => {
  command
    .argument('[command...]', 'the command, in one word or more')
    .action(async (words: readonly string[]) => {
      findCommand(await whole(), words).outputHelp();
    });
};
