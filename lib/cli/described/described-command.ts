/** A command with its arguments, options and subcommands, for completions and manual pages. */
import type { Argument, Command, Option } from 'commander';

export interface DescribedOption {
  /** `--label` and, if there is one, `-l`. */
  readonly names: readonly string[];
  /** The option as written, including its value: `--label <label>`. */
  readonly flags: string;
  readonly description: string;
  /** The name of its value, such as `file`; undefined when it has none. */
  readonly value: string | undefined;
  readonly choices: readonly string[];
}

export interface DescribedCommand {
  /** The words of the command: `holdfast`, `backup`, `create`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** What follows the path: `[options] <id>`. */
  readonly usage: string;
  readonly args: readonly {
    readonly name: string;
    readonly description: string;
    readonly choices: readonly string[];
  }[];
  /** The command's own options; the common ones follow elsewhere. */
  readonly options: readonly DescribedOption[];
  readonly commands: readonly DescribedCommand[];
}

/** Describes a command all of whose subcommands are defined. */
export const describeCommand = (command: Command, above: readonly string[] = []): DescribedCommand => {
  const path = [...above, command.name()];
  return {
    path,
    summary: command.description(),
    usage: command.usage(),
    args: command.registeredArguments.map(describeArgument),
    options: command.options.filter(({ hidden }) => !hidden).map(describeOption),
    commands: command.commands.map((each) => describeCommand(each, path)),
  };
};

/** The command and all below it, in the order of the tree. */
export const everyCommand = (command: DescribedCommand): DescribedCommand[] => [
  command,
  ...command.commands.flatMap(everyCommand),
];

export const HELP_OPTION: DescribedOption = {
  names: ['-h', '--help'],
  flags: '-h, --help',
  description: 'display help for command',
  value: undefined,
  choices: [],
};

const describeArgument = (argument: Argument): DescribedCommand['args'][number] => ({
  name: argument.name(),
  description: argument.description,
  choices: argument.argChoices ?? [],
});

const describeOption = ({ short, long, flags, description, argChoices }: Option): DescribedOption => ({
  names: [short, long].filter((name) => name !== undefined),
  flags,
  description,
  value: /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1],
  choices: argChoices ?? [],
});

/** Names of values that are paths on this machine. */
export const isPath = (value: string | undefined): boolean => value === 'file' || value === 'dir';
