/** Manual pages in man(7)'s language, made from the command tree. */
import { PRODUCT_VERSION } from '../../model/version.ts';
import { type DescribedCommand, type DescribedOption, HELP_OPTION } from './described-command.ts';

/** `holdfast-backup-create.1` */
export const manFileName = ({ path }: DescribedCommand): string => `${path.join('-')}.1`;

/** One page. `outline` is the additional text of the program's own page. */
export const manPage = (command: DescribedCommand, program: DescribedCommand, outline: string): string => {
  const { path, summary, usage, args, options, commands } = command;
  const isProgram = command === program;
  const lines = [
    `.TH ${quoted(path.join('-').toUpperCase())} 1 "" ${quoted(`Holdfast ${PRODUCT_VERSION}`)} "Holdfast"`,
    '.SH NAME',
    `${roff(path.join('-'))} \\- ${roff(summary)}`,
    '.SH SYNOPSIS',
    `.B ${roff(path.join(' '))}`,
    roff(usage),
  ];
  if (args.length > 0) {
    lines.push('.SH ARGUMENTS');
    for (const { name, description, choices } of args)
      lines.push('.TP', `.I ${roff(name)}`, roff(withChoices(description, choices)));
  }
  if (commands.length > 0) {
    lines.push('.SH COMMANDS');
    for (const each of commands)
      lines.push('.TP', `.BR ${roff(each.path.join('-'))} (1)`, roff(each.summary));
  }
  const own = isProgram ? [] : options;
  if (own.length > 0) lines.push('.SH OPTIONS', ...own.flatMap(optionLines));
  lines.push(
    isProgram ? '.SH OPTIONS' : '.SH OPTIONS OF EVERY COMMAND',
    ...[...program.options, HELP_OPTION].flatMap(optionLines),
  );
  if (isProgram) lines.push('.SH NOTES', '.nf', ...outline.trim().split('\n').map(roff), '.fi');
  const above = path.length > 1 ? path.slice(0, -1).join('-') : undefined;
  if (above !== undefined) lines.push('.SH SEE ALSO', `.BR ${roff(above)} (1)`);
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
};

const optionLines = ({ flags, description, choices }: DescribedOption): string[] => [
  '.TP',
  `.B ${roff(flags)}`,
  roff(withChoices(description, choices)),
];

const withChoices = (description: string, choices: readonly string[]): string =>
  choices.length === 0 ? description : `${description} (${choices.join(', ')})`;

/** Escapes a text so that nothing in it is a request or an escape, and hyphens can be copied. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
    .replaceAll('"', '\\(dq');

const quoted = (text: string): string => `"${roff(text)}"`;
