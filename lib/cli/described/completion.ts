/** Scripts with which a shell completes commands, options and their values. They ask no server. */
import { shellWord } from '../../model/text/shell-word.ts';
import {
  type DescribedCommand,
  type DescribedOption,
  everyCommand,
  HELP_OPTION,
  isPath,
} from './described-command.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const completionFor = (shell: Shell, program: DescribedCommand): string =>
  ({ bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion })[shell](program);

/** The words after the program's name. */
const placeOf = ({ path }: DescribedCommand): string => path.slice(1).join(' ');

const optionsOf = (command: DescribedCommand, program: DescribedCommand): DescribedOption[] =>
  command === program
    ? [...program.options, HELP_OPTION]
    : [
        ...command.options,
        ...program.options.filter(({ names }) => !names.includes('--version')),
        HELP_OPTION,
      ];

/** What may follow when it is not an option. */
const wordsOf = (
  { commands, args }: DescribedCommand,
  program: DescribedCommand,
): { word: string; summary: string }[] => [
  ...commands.map(commandWord),
  // `help` and `man` take the name of a command.
  ...(args.some(({ name }) => name === 'command') ? program.commands.map(commandWord) : []),
  ...args.flatMap(({ choices, description }) => choices.map((word) => ({ word, summary: description }))),
];

const commandWord = ({ path, summary }: DescribedCommand): { word: string; summary: string } => ({
  word: path.at(-1) ?? '',
  summary,
});

/** Arms of a `case` on the command, and on the command and the option before: the same for bash and zsh. */
const casesOf = (program: DescribedCommand): string => {
  const lines: string[] = [];
  for (const command of everyCommand(program)) {
    const options = optionsOf(command, program);
    const words = wordsOf(command, program).map(({ word }) => word);
    const names = options.flatMap((option) => option.names);
    lines.push(
      `    ${shellWord(placeOf(command) || 'holdfast')})`,
      `      words=${shellWord(words.join(' '))}`,
      `      options=${shellWord(names.join(' '))}`,
      '      case "$before" in',
    );
    for (const { names: own, value, choices } of options)
      if (value !== undefined)
        lines.push(
          `        ${own.join('|')}) ${
            choices.length > 0
              ? `values=${shellWord(choices.join(' '))}`
              : isPath(value)
                ? 'values=@files'
                : 'values=@any'
          } ;;`,
        );
    lines.push('      esac', '      ;;');
  }
  return lines.join('\n');
};

const places = (program: DescribedCommand): string =>
  everyCommand(program)
    .slice(1)
    .map((command) => shellWord(placeOf(command)))
    .join(' | ');

/** Finds the command in the tree that the typed words name so far. */
const walk = (program: DescribedCommand, typed: string): string => `  place= words= options= values=
  for word in ${typed}; do
    case "$place\${place:+ }$word" in
      ${places(program)}) place="$place\${place:+ }$word" ;;
    esac
  done
  case "\${place:-holdfast}" in
${casesOf(program)}
  esac`;

const bashCompletion = (program: DescribedCommand): string => `# bash completion of holdfast
# In ~/.bashrc:  source <(holdfast completion bash)
_holdfast() {
  local place word words options values current before
  current=\${COMP_WORDS[COMP_CWORD]}
  before=\${COMP_WORDS[COMP_CWORD-1]}
${walk(program, `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`)}
  COMPREPLY=()
  case "$values" in
    @files) compopt -o default 2>/dev/null; return ;;
    @any) return ;;
    ?*) words=$values options= ;;
  esac
  case "$current" in
    -*) words=$options ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _holdfast holdfast
`;

const zshCompletion = (program: DescribedCommand): string => `#compdef holdfast
# zsh completion of holdfast
# In ~/.zshrc, after compinit:  source <(holdfast completion zsh)
_holdfast() {
  local place word options values current=$PREFIX before=\${words[CURRENT-1]}
  local -a typed=("\${(@)words[2,CURRENT-1]}")
  local words
${walk(program, `"\${typed[@]}"`)}
  case "$values" in
    @files) _files; return ;;
    @any) return ;;
    ?*) words=$values options= ;;
  esac
  case "$current" in
    -*) words=$options ;;
  esac
  compadd -- \${=words}
}
if [ "\${funcstack[1]}" = _holdfast ]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
`;

const fishCompletion = (program: DescribedCommand): string => {
  const lines = [
    '# fish completion of holdfast',
    '# In ~/.config/fish/config.fish:  holdfast completion fish | source',
    'function __holdfast_at',
    '  set -l place',
    '  for word in (commandline -opc)[2..]',
    '    set -l further (string join " " -- $place $word)',
    `    contains -- "$further" ${everyCommand(program)
      .slice(1)
      .map((command) => fishWord(placeOf(command)))
      .join(' ')}; and set place "$further"`,
    '  end',
    '  test "$place" = "$argv[1]"',
    'end',
    'complete -c holdfast -f',
  ];
  for (const command of everyCommand(program)) {
    const start = `complete -c holdfast -n ${fishWord(`__holdfast_at ${fishWord(placeOf(command))}`)}`;
    for (const { word, summary } of wordsOf(command, program))
      lines.push(`${start} -a ${fishWord(word)} -d ${fishWord(summary)}`);
    for (const { names, value, choices, description } of optionsOf(command, program)) {
      const flags = names.map((name) =>
        name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
      );
      const takes =
        value === undefined
          ? ''
          : choices.length > 0
            ? ` -x -a ${fishWord(choices.join(' '))}`
            : isPath(value)
              ? ' -r -F'
              : ' -x';
      lines.push(`${start} ${flags.join(' ')}${takes} -d ${fishWord(description)}`);
    }
  }
  return `${lines.join('\n')}\n`;
};

const fishWord = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
