/** What the documents name exists: files, links and their headings, scripts, commands with their options, and constants. */
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
/** All between backquotes, and all lines of blocks of code. */
const codeOf = (text: string): string[] => {
  const blocks = matches(text, /^ *```[a-z]*\n([\s\S]*?)^ *```/gm);
  const rest = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return [...matches(rest, /`([^`\n]+)`/g), ...blocks.flatMap((block) => block.split('\n'))];
};
/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] =>
  matches(text, /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );

describe.each(documents)('%s', (document) => {
  const text = textOf(document);
  const folder = dirname(document);

  test('links to what is there', () => {
    const links = matches(text, /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(folder, path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('names files and folders of this checkout', () => {
    const roots = 'bench|bin|deploy|docs|examples|lambdas|lib|statemachines|test';
    const named = codeOf(text).flatMap((code) =>
      matches(code, new RegExp(`(?:^|[ ('"])((?:${roots})/[\\w./*-]*)`, 'g')),
    );
    const missing = named.filter((path) => globSync(`${path.replace(/[.,]$/, '')}*`).length === 0);
    // Patterns of tests are beginnings of paths; a bench leaves its results behind.
    expect(missing.filter((path) => !path.startsWith('bench/out/'))).toEqual([]);
  });

  test('names scripts of package.json', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(textOf('package.json')));
    const named = codeOf(text).flatMap((code) => matches(code, /\bnpm run (?:-s |--silent )?([\w:-]+)/g));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('names commands and options that the command line has', async () => {
    // What ends with dots is the name of something.
    const lines = codeOf(text).filter(
      (code) => /(?:^|npx |\$ |sudo )holdfast [a-z]+(?: |$)/.test(code) && !code.endsWith('...'),
    );
    const wrong: string[] = [];
    for (const line of lines) wrong.push(...(await faultsIn(line)));
    expect(wrong).toEqual([]);
  });

  test('names constants of the code', () => {
    const named = matches(text, /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g);
    const unknown = [...new Set(named)].filter(
      (name) => !source.includes(name) && ![...ofLambda, ...ofLinux].includes(name),
    );
    expect(unknown).toEqual([]);
  });
});

/** Attributes that Lambda gives to messages in a dead-letter queue. */
const ofLambda = ['ERROR_CODE', 'ERROR_MESSAGE'];
/** Rights and address families of Linux, which a unit of systemd names. */
const ofLinux = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'AF_UNIX'];
const source = globSync('{lib,bin,lambdas,bench,test}/**/*.{ts,js,sh,py}')
  .map(textOf)
  .concat(textOf('docs/recover.sh'))
  .join('\n');

/** The options that a command takes; all of the group's commands together for a group. */
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
  // What follows a pipe, a comment or a column's gap is no part of the command.
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
