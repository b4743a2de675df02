import type { Command } from 'commander';
import { usageFailure } from '../failure.ts';
import { visible } from '../terminal/visible-text.ts';

/** The command that words name from the program on. @throws Failure for words that name none */
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
