/** The commander program over the command tree. */
import { Command } from 'commander';
import { PRODUCT_VERSION } from '../model/version.ts';
import type { CommandEntry } from './command-entry.ts';
import { commandTree } from './command-tree.ts';
import { OUTLINE } from './described/whole-program.ts';
import type { Session, SharedOptions } from './session.ts';

/** @throws a CommanderError instead of ending the process; `--json` keeps commander's own words off standard error */
export const buildProgram = (session: Session): Command => {
  const program = new Command('holdfast')
    .description('Backs up a whole system as one encrypted, signed, verifiable archive, and restores it.')
    .version(PRODUCT_VERSION)
    .option('--json', 'print JSON, one object a line: results to standard output, the rest to standard error')
    .option('--data <dir>', 'the data folder of an embedded installation (default: ./holdfast-data)')
    .option('--quiet', 'show results, warnings and errors only')
    .option('--no-progress', 'show no progress bar and no byte counts')
    .addHelpText('after', OUTLINE)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      outputError: () => undefined,
      ...(session.output.json && { writeErr: () => undefined }),
    })
    .exitOverride();
  program.hook('preAction', () => session.use(program.opts<SharedOptions>()));
  const defined = new WeakSet<Command>();
  const define = async (command: Command, entry: CommandEntry): Promise<void> => {
    if (defined.has(command)) return;
    defined.add(command);
    (await entry.load?.())?.define(command, session, whole);
  };
  const whole = async (): Promise<Command> => {
    await defineAll(program, commandTree, define);
    return program;
  };
  addCommands(program, commandTree, define);
  return program;
};

/** Gives a command its arguments, options and action. */
type Define = (command: Command, entry: CommandEntry) => Promise<void>;

const addCommands = (parent: Command, entries: readonly CommandEntry[], define: Define): void => {
  for (const { name, summary, commands } of entries) {
    const command = parent.command(name).description(summary);
    if (commands !== undefined) addCommands(command, commands, define);
  }
  parent.hook('preSubcommand', async (_parent, chosen) => {
    const entry = entries.find(({ name }) => name === chosen.name());
    if (entry !== undefined) await define(chosen, entry);
  });
};

const defineAll = async (
  parent: Command,
  entries: readonly CommandEntry[],
  define: Define,
): Promise<void> => {
  for (const entry of entries) {
    const command = parent.commands.find((one) => one.name() === entry.name);
    if (command === undefined) continue;
    await define(command, entry);
    await defineAll(command, entry.commands ?? [], define);
  }
};
