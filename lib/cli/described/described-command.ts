/** A command with its arguments, options and subcommands, as completions and manual pages tell of it. */
import type { Argument, Command, Option } from 'commander';

export interface DescribedOption {
  /** `--label` and, where there is one, `-l`. */
  readonly names: readonly string[];
  /** As it is written, its value included: `--label <label>`. */
  readonly flags: string;
  readonly description: string;
  /** What stands behind it, such as `file`; undefined for one that stands alone. */
  readonly value: string | undefined;
  readonly choices: readonly string[];
}

export interface DescribedCommand {
  /** `holdfast backup create` in parts. */
  readonly path: readonly string[];
  readonly summary: string;
  /** Behind the path: `[options] <id>`. */
  readonly usage: string;
  readonly args: readonly {
    readonly name: string;
    readonly description: string;
    readonly choices: readonly string[];
  }[];
  /** Its own, before those that every command takes. */
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

/** It and all below it, in the order of the tree. */
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

/** Values that are paths here. */
export const isPath = (value: string | undefined): boolean => value === 'file' || value === 'dir';
