import { Argument, type Command } from 'commander';
import { completionFor, type Shell, shells } from '../described/completion.ts';
import { describeCommand } from '../described/described-command.ts';
import type { WholeProgram } from '../described/whole-program.ts';
import type { Session } from '../session.ts';

export const define = (command: Command, session: Session, whole: WholeProgram): void => {
  command.addArgument(new Argument('<shell>', 'the shell').choices(shells)).action(async (shell: Shell) => {
    await session.output.text(completionFor(shell, describeCommand(await whole())));
  });
};
