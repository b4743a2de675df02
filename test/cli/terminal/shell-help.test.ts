/**
 * Help for the shell, made from the command tree: help texts, completion in real shells, and manual pages.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandTree } from '../../../lib/cli/command-tree.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { holdfast } from '../run-holdfast.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-shells-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The standard output and standard error of a program, joined. */
const run = async (program: string, ...args: string[]): Promise<string> => {
  const { stdout, stderr } = await promisify(execFile)(program, args, {
    timeout: 30_000,
    env: { ...process.env, HOME: folder, TERM: 'xterm' },
  });
  return stdout + stderr;
};

/** The completion file for a shell. */
const completionOf = async (shell: string): Promise<string> => {
  const { code, out } = await holdfast(['completion', shell]);
  expect(code).toBe(0);
  const file = join(folder, `completion.${shell}`);
  await writeFile(file, out);
  return file;
};

describe('help', () => {
  test('of a command of two words is the command’s own', async () => {
    const { code, out } = await holdfast(['help', 'backup', 'create']);
    expect([code, out]).toEqual([0, (await holdfast(['backup', 'create', '--help'])).out]);
    expect(out).toContain('--passphrase-file <file>');
  });

  test('of no command names those there are', async () => {
    const { code, err } = await holdfast(['help', 'backup', 'crate']);
    expect([code, err]).toEqual([2, expect.stringContaining('there is no command "backup crate"')]);
    expect(err).toContain('create, list, show');
  });

  test('alone is that of the program', async () => {
    const { out } = await holdfast(['help']);
    expect(out).toContain('Exit codes:');
    for (const { name } of commandTree) expect(out).toContain(`\n  ${name}`);
  });
});

const completions: readonly (readonly [typed: string, offered: readonly string[], not: readonly string[]])[] =
  [
    ['holdfast ba', ['backup'], ['serve']],
    ['holdfast backup re', ['reseal', 'restore'], ['create']],
    ['holdfast backup create --pass', ['--passphrase-file'], ['--label']],
    ['holdfast backup create --scope ', ['system', 'domain'], ['--label', 'backup']],
    ['holdfast --json key ', ['download', 'upload'], ['serve']],
    ['holdfast completion ', ['bash', 'zsh', 'fish'], ['serve']],
    ['holdfast help ver', ['verify-key'], ['serve']],
  ];

describe('completion', () => {
  test('in bash [U8]', async () => {
    const script = await completionOf('bash');
    for (const [typed, offered, not] of completions) {
      const words = typed.split(' ').map((word) => `'${word}'`);
      const found = await run(
        'bash',
        '--norc',
        '-c',
        `source '${script}'; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`,
      );
      expect([typed, found.trim().split('\n')]).toEqual([typed, expect.arrayContaining([...offered])]);
      for (const one of not) expect([typed, found.split('\n')]).not.toContain(one);
    }
    // For an option that takes a file, the shell completes file names itself.
    const files = `source '${script}'; COMP_WORDS=(holdfast serve --config h); COMP_CWORD=3; _holdfast; echo "\${#COMPREPLY[@]}"`;
    expect(await run('bash', '--norc', '-c', files)).toContain('0');
  });

  testWith('zsh')('in zsh [U8]', async () => {
    const script = await completionOf('zsh');
    // zsh completes only in a terminal; its zpty module provides one.
    const driver = join(folder, 'driver.zsh');
    await writeFile(
      driver,
      `zmodload zsh/zpty
zpty -b inner zsh -f -i
zpty -w inner "PS1=READY; autoload -U compinit; compinit -u -d ${folder}/zcompdump; source ${script}; zstyle ':completion:*' list-prompt ''; unsetopt zle_bracketed_paste; LISTMAX=500; print SOURCED"
zpty -r -m inner seen '*SOURCED*READY*' || exit 1
for typed in "$@"; do
  zpty -w -n inner "$typed"$'\\C-D'
  sleep 0.4
  while zpty -r -t inner part; do seen+=$part; done
  print -r -- "$seen"
  print -r -- "=== end of $typed"
  seen=
  zpty -w -n inner $'\\C-U'
  sleep 0.1
  while zpty -r -t inner part; do :; done
done
zpty -d inner
`,
    );
    const asked = completions.filter(([typed]) => typed.endsWith(' '));
    const seen = await run('zsh', '-f', driver, ...asked.map(([typed]) => typed));
    let rest = seen;
    for (const [typed, offered] of asked) {
      const [mine = '', ...others] = rest.split(`=== end of ${typed}\n`);
      rest = others.join('');
      for (const one of offered) expect([typed, mine]).toEqual([typed, expect.stringContaining(one)]);
    }
  });

  testWith('fish')('in fish [U8]', async () => {
    const script = await completionOf('fish');
    for (const [typed, offered, not] of completions) {
      const found = await run('fish', '-N', '-c', `source '${script}'; complete -C '${typed}'`);
      const words = found.split('\n').map((line) => line.split('\t')[0]);
      expect([typed, words]).toEqual([typed, expect.arrayContaining([...offered])]);
      for (const one of not) expect([typed, words]).not.toEqual([typed, expect.arrayContaining([one])]);
    }
  });
});

/** In overstruck text, a bold character is the character, a backspace and the character again. */
const withoutOverstrike = (text: string): string =>
  text.split('\b').reduce((told, part) => told.slice(0, -1) + part);

describe('manual pages', () => {
  testWith('mandoc')('are one a command, and mandoc finds no fault in them', async () => {
    const pages = join(folder, 'man', 'man1');
    expect((await holdfast(['man', '--output', pages])).out).toContain(`in ${pages}`);
    const files = await readdir(pages);
    for (const { name, commands = [] } of commandTree) {
      expect(files).toContain(`holdfast-${name}.1`);
      for (const each of commands) expect(files).toContain(`holdfast-${name}-${each.name}.1`);
    }
    const paths = files.map((file) => join(pages, file));
    const lint = await run('sh', '-c', 'mandoc -T lint -W warning "$@" || true', 'sh', ...paths);
    // Manual pages have no date, so the same program always makes the same pages.
    const faults = lint.split('\n').filter((line) => line !== '' && !line.includes('missing date'));
    expect(faults).toEqual([]);
    const read = await run(
      'mandoc',
      '-T',
      'utf8',
      '-O',
      'width=200',
      join(pages, 'holdfast-backup-create.1'),
    );
    expect(withoutOverstrike(read)).toContain('--passphrase-file <file>');
    expect(await readFile(join(pages, 'holdfast.1'), 'utf8')).toContain('Exit codes: 0 done');
  });

  test('of one command is printed', async () => {
    const { code, out } = await holdfast(['man', 'backup', 'restore']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\.TH "HOLDFAST\\-BACKUP\\-RESTORE" 1 /);
    expect((await holdfast(['man', 'nothing'])).code).toBe(2);
  });
});
