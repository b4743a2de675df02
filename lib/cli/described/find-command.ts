import type { Command } from 'commander';
import { usageFailure } from '../failure.ts';
import { visible } from '../terminal/visible-text.ts';

/** The command that these words name, beginning at the program. @throws Failure when there is no such command */
export const findCommand = (program: Command, words: readonly string[]): Command =>
  words.reduce((command, word) => {
    const found = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (found !== undefined) return found;
    const known = command.commands.map((each) => each.name()).join(', ');
    throw usageFailure(
      `there is no command "${words.map(visible).join(' ')}"`,
      known === '' ? `"${command.name()}" has no commands of its own.` : `There are: ${known}.`,
    );
  }, program);
