/**
 * Checks that everything the documents name exists: files, links and their headings, scripts, commands with
 * their options, and constants.
 */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { Command as NewCommand } from 'commander';
import * as z from 'zod';
import type { CommandEntry } from '../lib/cli/command-entry.ts';
import { commandTree } from '../lib/cli/command-tree.ts';
import type { Session } from '../lib/cli/session.ts';

const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md'),
  ...globSync('docs/**/*.md').filter((path) => path !== 'docs/acceptance.md'),
];
const textOf = (path: string): string => readFileSync(path, 'utf8');
const matches = (text: string, form: RegExp): string[] =>
  [...text.matchAll(form)].map(([, first = '']) => first);
/**
 * All text between backquotes, and all lines of code blocks; a line that ends in a backslash continues in the
 * next.
 */
const codeOf = (text: string): string[] => {
  const blocks = matches(text, /^ *```[a-z]*\n([\s\S]*?)^ *```/gm);
  const rest = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'));
  return [...matches(rest, /`([^`\n]+)`/g), ...lines];
};
/** The anchors that GitHub makes from headings. */
const anchorsOf = (text: string): string[] =>
  matches(text, /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );

const brokenLinks = (text: string, document: string): string[] =>
  matches(text, /\]\(([^)\s]+)\)/g)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
    });

const missingFiles = (text: string): string[] => {
  const roots = 'bench|bin|changes|deploy|docs|examples|lambdas|lib|statemachines|test';
  return (
    codeOf(text)
      .flatMap((code) => matches(code, new RegExp(`(?:^|[ ('"])((?:${roots})/[\\w./*-]*)`, 'g')))
      .filter((path) => globSync(`${path.replace(/[.,]$/, '')}*`).length === 0)
      // A test pattern names the beginning of a path; files in bench/out exist only after a bench has run.
      .filter((path) => !path.startsWith('bench/out/'))
  );
};

const missingScripts = (text: string): string[] => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(textOf('package.json')));
  return codeOf(text)
    .flatMap((code) => matches(code, /\bnpm run (?:-s |--silent )?([\w:-]+)/g))
    .filter((name) => !(name in scripts));
};

const faultsOfCommands = async (text: string): Promise<string[]> => {
  // Text that ends with dots is a name, not a command to run.
  const lines = codeOf(text).filter(
    (code) => /(?:^|npx |\$ |sudo )holdfast [a-z]+(?: |$)/.test(code) && !code.endsWith('...'),
  );
  const wrong: string[] = [];
  for (const line of lines) wrong.push(...(await faultsIn(line)));
  return wrong;
};

const unknownConstants = (text: string): string[] =>
  [...new Set(matches(text, /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g))].filter(
    (name) => !words.has(name) && ![...ofLambda, ...ofLinux].includes(name),
  );

describe.each(documents)('%s', (document) => {
  const text = textOf(document);

  test('links to what is there', () => expect(brokenLinks(text, document)).toEqual([]));

  test('names files and folders of this checkout', () => expect(missingFiles(text)).toEqual([]));

  test('names scripts of package.json', () => expect(missingScripts(text)).toEqual([]));

  test('names commands and options that the command line has', async () =>
    expect(await faultsOfCommands(text)).toEqual([]));

  test('names constants of the code', () => expect(unknownConstants(text)).toEqual([]));
});

describe('a document that names what does not exist', () => {
  test('is found by its links, files and scripts', () => {
    expect(brokenLinks('[a](docs/none.md) [b](README.md#none) [c](README.md)', 'README.md')).toEqual([
      'docs/none.md',
      'README.md#none',
    ]);
    expect(missingFiles('`lib/none.ts`, `lib/cli`, and\n```bash\nnode bin/none.ts\n```\n')).toEqual([
      'lib/none.ts',
      'bin/none.ts',
    ]);
    expect(missingScripts('`npm run none`, `npm run check`')).toEqual(['none']);
  });

  test('is found by its commands and options, also behind the end of a line', async () => {
    const text = '`holdfast backup none`\n```bash\nnpx holdfast backup create \\\n  --none --wait\n```\n';
    expect((await faultsOfCommands(text)).map((fault) => fault.replace(/^.*: /, '')).sort()).toEqual([
      'create has no option --none',
      'there is no command none',
    ]);
  });

  test('is found by its constants, whole words of the code', () => {
    const known = 'MAX_FILE_NAME_BYTES';
    expect(words).toContain(known);
    expect(unknownConstants(`\`${known}\` \`${known.slice(0, -1)}\``)).toEqual([known.slice(0, -1)]);
  });
});

/** Attributes that Lambda adds to messages in a dead-letter queue. */
const ofLambda = ['ERROR_CODE', 'ERROR_MESSAGE'];
/** Linux capabilities and address families that a systemd unit names. */
const ofLinux = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'AF_UNIX'];
/** Every word in the code. */
const words = new Set(
  globSync('{lib,bin,lambdas,bench,test}/**/*.{ts,js,sh,py}')
    .concat('docs/recover.sh')
    .flatMap((path) => textOf(path).match(/\w+/g) ?? []),
);

/** The options of a command; for a group, the options of all its commands. */
const optionsOf = async (entry: CommandEntry): Promise<string[]> => {
  const command: Command = new NewCommand(entry.name);
  (await entry.load?.())?.define(command, {} as Session, async () => command);
  return command.options.flatMap(({ long, short }) => [long ?? '', short ?? '']);
};

const GLOBAL_OPTIONS = [
  '--help',
  '-h',
  '--version',
  '-V',
  '--url',
  '--token',
  '--json',
  '--data',
  '--quiet',
  '--no-progress',
];

const faultsIn = async (line: string): Promise<string[]> => {
  const [, rest = ''] = /holdfast (.*)$/.exec(line.replaceAll(/\\\n/g, ' ')) ?? [];
  // Text after a pipe, a comment or a column gap does not belong to the command.
  const words = (rest.split(/ [|#>&]|;|\$\(| {3,}/)[0] ?? '').split(/\s+/).filter((word) => word !== '');
  let entries: readonly CommandEntry[] | undefined = commandTree;
  let entry: CommandEntry | undefined;
  while (entries !== undefined && words.length > 0 && /^[a-z]/.test(words[0] ?? '')) {
    const name = words.shift();
    if (name === 'help') return [];
    entry = entries.find((each) => each.name === name);
    if (entry === undefined) return [`${line}: there is no command ${name}`];
    entries = entry.commands;
  }
  if (entry?.load === undefined) return [];
  const known = [...(await optionsOf(entry)), ...GLOBAL_OPTIONS];
  return words
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0] ?? '')
    .map((word) => word.replaceAll(/[\]),.]+$/g, ''))
    .filter((word) => !known.includes(word))
    .map((word) => `${line}: ${entry?.name} has no option ${word}`);
};
