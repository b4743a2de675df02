/** The commander program over the command tree. */
import { Command } from 'commander';
import { PRODUCT_VERSION } from '../model/version.ts';
import { type CommandEntry, commandTree } from './command-tree.ts';
import type { Session, SharedOptions } from './session.ts';

const OUTLINE = `
HOLDFAST_URL and HOLDFAST_TOKEN choose the installation; with neither, it is the
embedded one whose data folder is here: ./holdfast-data, --data or HOLDFAST_DATA.
Passphrases come from files, standard input or a prompt.

Exit codes: 0 done, 1 failed, 2 usage, 3 done in part, 4 not found, 5 refused,
6 a dry run whose restore would be refused, 11 another operation holds the lock,
12 wrong key or passphrase.`;

/** Throws a CommanderError instead of ending the process; `--json` keeps commander's own words off standard error. */
export const buildProgram = (session: Session): Command => {
  const program = new Command('holdfast')
    .description('Backs up a whole system as one encrypted, signed, verifiable archive, and restores it.')
    .version(PRODUCT_VERSION)
    .option('--json', 'print JSON, an object a line: results to standard output, the rest to standard error')
    .option('--data <dir>', 'the data folder of an embedded installation (default: ./holdfast-data)')
    .addHelpText('after', OUTLINE)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  program.hook('preAction', () => session.use(program.opts<SharedOptions>()));
  addCommands(program, commandTree, session);
  return program;
};

const addCommands = (parent: Command, entries: readonly CommandEntry[], session: Session): void => {
  for (const { name, summary, commands } of entries) {
    const command = parent.command(name).description(summary);
    if (commands !== undefined) addCommands(command, commands, session);
  }
  parent.hook('preSubcommand', async (_parent, chosen) => {
    const entry = entries.find(({ name }) => name === chosen.name());
    const module = await entry?.load?.();
    module?.define(chosen, session);
  });
};
