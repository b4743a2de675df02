/** A command, or a group of commands, as the command tree names it. */
import type { Command } from 'commander';
import type { WholeProgram } from './described/whole-program.ts';
import type { Session } from './session.ts';

/** What each file in `commands/` exports: its arguments, options and action. */
interface CommandModule {
  readonly define: (command: Command, session: Session, whole: WholeProgram) => void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** A command, or a group of them. */
  readonly load?: () => Promise<CommandModule>;
  readonly commands?: readonly CommandEntry[];
}
