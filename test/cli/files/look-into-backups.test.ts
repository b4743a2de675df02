/** `find`, `diff` and `backup extract` show what backups contain without a restore. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../../cases/installation.ts';
import { type Finished, holdfast, jsonLines } from '../run-holdfast.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
const large = randomBytes(9_000_000);
let here: Installation;
const ids: Record<'first' | 'second' | 'sealed', string> = { first: '', second: '', sealed: '' };

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [
        { id: 'files', kind: 'directory', path: 'source' },
        { id: 'notes', kind: 'directory', path: 'notes' },
        { id: 'odd', kind: 'directory', path: 'odd' },
      ],
    }),
  });
  const at = (...names: string[]): string => here.path('source', ...names);
  mkdirSync(at('deep'), { recursive: true });
  mkdirSync(here.path('notes'), { recursive: true });
  mkdirSync(here.path('odd'), { recursive: true });
  writeFileSync(at('a.txt'), 'alpha');
  writeFileSync(at('gone.txt'), 'was here');
  writeFileSync(at('deep', 'report.pdf'), 'one');
  writeFileSync(at('deep', 'same.txt'), 'the same');
  writeFileSync(at('large.bin'), large);
  linkSync(at('large.bin'), at('linked.bin'));
  symlinkSync('a.txt', at('link'));
  writeFileSync(here.path('notes', 'a.txt'), 'another alpha');
  ids.first = (await here.api.backup({ label: 'first' })).id;
  rmSync(at('gone.txt'));
  writeFileSync(at('deep', 'report.pdf'), 'two!');
  writeFileSync(at('deep', 'report2.pdf'), 'new');
  chmodSync(at('a.txt'), 0o600);
  utimesSync(at('deep', 'same.txt'), 1_000_000_000, 1_000_000_000);
  ids.second = (await here.api.backup({ label: 'second' })).id;
  ids.sealed = (await here.api.backup({ label: 'sealed', passphrase, components: ['notes'] })).id;
  writeFileSync(here.path('passphrase'), `${passphrase}\n`, { mode: 0o600 });
}, 60_000);
afterAll(() => here.close());

const run = (...args: string[]): Promise<Finished> =>
  holdfast(args, { cwd: here.folder, env: { HOLDFAST_DATA: here.data } });
const entriesOf = ({ out }: Finished): Record<string, unknown>[] =>
  jsonLines(out)
    .filter(({ type }) => type === 'entry')
    .map(({ entry }) => Object(entry));

describe('find', () => {
  test('tells component, backup, size and time of what a pattern matches in all backups [U8] [U9]', async () => {
    const found = await run('find', 'report*.pdf', '--passphrase-file', 'passphrase');
    expect(found.code).toBe(0);
    const lines = found.out.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      new RegExp(`^${ids.second}  20\\S+Z  -rw\\S+ +4 B  20\\S+Z  files:deep/report.pdf$`),
    );
    expect(lines[2]).toContain(`${ids.first}  `);
    expect(found.err).toContain('3 entries in 3 backups');
  });

  test('takes patterns of paths, of folders, and labels and components', async () => {
    const paths = async (...args: string[]) =>
      entriesOf(await run('find', ...args, '--label', 'first', '--json')).map(
        ({ component, path }) => `${component}:${path}`,
      );
    expect(await paths('a.txt')).toEqual(['files:a.txt', 'notes:a.txt']);
    expect(await paths('/a.txt', '--component', 'notes')).toEqual(['notes:a.txt']);
    expect(await paths('deep/')).toEqual(['files:deep']);
    expect(await paths('deep/**')).toEqual(['files:deep/report.pdf', 'files:deep/same.txt']);
    expect(await paths('{gone,linked}.*')).toEqual(['files:gone.txt', 'files:linked.bin']);
  });

  test('says so when nothing matches: 4; what is no pattern: 2; an archive whose passphrase is not given: 3', async () => {
    expect(await run('find', 'nothing', '--label', 'first')).toMatchObject({ code: 4, out: '' });
    for (const none of ['!a.txt', '']) expect((await run('find', none)).code).toBe(2);
    const left = await run('find', 'a.txt', '--label', 'sealed');
    expect([left.code, left.err]).toEqual([3, expect.stringContaining(`${ids.sealed} has a passphrase`)]);
    const [json] = jsonLines((await run('find', 'a.txt', '--label', 'sealed', '--json')).out);
    expect(json).toMatchObject({ type: 'result', backups: 0, found: 0, notSearched: 1 });
  });
});

describe('diff', () => {
  test('tells what was added, removed and changed, and how, with totals [U8] [U9]', async () => {
    const { code, out } = await run('diff', ids.first, 'latest:second');
    expect(code).toBe(0);
    const lines = out.split('\n').filter((line) => /^[-+M] /.test(line) && !/files:(deep|\.)? /.test(line));
    expect(lines).toEqual([
      'M  files:a.txt  mode',
      'M  files:deep/report.pdf  content, time',
      '+  files:deep/report2.pdf',
      'M  files:deep/same.txt  time',
      '-  files:gone.txt',
    ]);
    expect(out).toMatch(/^files +1 +3 B +1 +8 B +[45]$/m);
    expect(out).not.toMatch(/^notes/m);
  });

  test('has what was before and after in JSON, and ends with 7 where that is asked for', async () => {
    const told = await run('diff', ids.first, ids.second, '--json', '--exit-code');
    expect(told.code).toBe(7);
    const report = entriesOf(told).find(({ path }) => path === 'deep/report.pdf');
    expect(report).toMatchObject({
      change: 'changed',
      of: ['content', 'time'],
      before: { size: 3 },
      after: { size: 4 },
    });
    expect(jsonLines(told.out).at(-1)).toMatchObject({
      same: false,
      components: { files: { added: 1, addedBytes: 3, removed: 1, removedBytes: 8 } },
    });
  });

  test('of what is the same says so: 0', async () => {
    const same = await run('diff', ids.first, ids.first, '--exit-code');
    expect([same.code, same.out]).toEqual([0, 'Their contents are the same.\n']);
    const sealed = await run(
      'diff',
      ids.second,
      ids.sealed,
      '--component',
      'notes',
      '--passphrase-file',
      'passphrase',
    );
    expect([sealed.code, sealed.out]).toEqual([0, 'Their contents are the same.\n']);
  });
});

describe('backup extract', () => {
  const output = (name: string): string[] => ['--output', here.path(name)];

  test('writes files and folders of a backup in the store, and no others [U8]', async () => {
    const told = await run('backup', 'extract', 'latest:first', 'files:deep', 'gone.txt', ...output('out'));
    expect([told.code, told.err]).toEqual([0, '']);
    expect(told.out).toContain(here.path('out', 'files'));
    expect(readFileSync(here.path('out', 'files', 'deep', 'report.pdf'), 'utf8')).toBe('one');
    expect(readFileSync(here.path('out', 'files', 'gone.txt'), 'utf8')).toBe('was here');
    for (const other of ['files/a.txt', 'files/large.bin', 'notes'])
      expect([other, existsSync(here.path('out', other))]).toEqual([other, false]);
    const source = statSync(here.path('source', 'deep', 'same.txt'));
    expect(statSync(here.path('out', 'files', 'deep', 'same.txt')).mode).toBe(source.mode);
    const again = await run('backup', 'extract', ids.first, 'gone.txt', ...output('out'));
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('gone.txt')]);
  });

  test('writes one file to standard output, byte by byte, by a second name too, and of several segments', async () => {
    const linked = await run('backup', 'extract', ids.first, 'linked.bin', '--output', '-');
    expect([linked.code, linked.stdout.equals(large)]).toEqual([0, true]);
    const both = await run('backup', 'extract', ids.first, 'a.txt', '--output', '-');
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('files:a.txt, notes:a.txt')]);
    const one = await run('backup', 'extract', ids.first, 'notes:a.txt', '--output', '-');
    expect([one.code, one.out]).toEqual([0, 'another alpha']);
    expect(await run('backup', 'extract', ids.first, 'deep', '--output', '-')).toMatchObject({
      code: 2,
      out: '',
    });
  });

  test('says what is not in the archive, and writes nothing: 4', async () => {
    const none = await run('backup', 'extract', ids.first, 'a.txt', 'no/such', ...output('none'));
    expect([none.code, none.err]).toEqual([4, expect.stringContaining('holds no "no/such"')]);
    expect(existsSync(here.path('none'))).toBe(false);
    expect((await run('backup', 'extract', ids.first, ...output('none'))).code).toBe(2);
    const own = await run('backup', 'extract', ids.first, '.', '--output', here.path('data', 'out'));
    expect([own.code, own.err]).toEqual([1, expect.stringContaining('data folder of Holdfast')]);
  });

  test('from a file with a key file, or a passphrase, needs no server [C10]', async () => {
    const [key] = Object(
      jsonLines((await run('key', 'list', '--scope', 'system', '--json')).out)[0],
    ).resources;
    writeFileSync(here.path('password'), 'a password of the key\n', { mode: 0o600 });
    await run('key', 'download', key.id, '--file', 'my.key', '--password-file', 'password');
    for (const name of ['first', 'sealed'] as const)
      await run('backup', 'download', ids[name], '--output', `${name}.tar`);
    const apart = here.path('apart');
    mkdirSync(apart);
    for (const name of ['my.key', 'password', 'passphrase', 'first.tar', 'sealed.tar'])
      copyFileSync(here.path(name), `${apart}/${name}`);
    const alone = (...args: string[]): Promise<Finished> =>
      holdfast(['backup', 'extract', ...args], { cwd: apart, env: { HOLDFAST_URL: 'http://127.0.0.1:1' } });
    const keyed = ['--file', 'first.tar', '--key-file', 'my.key', '--password-file', 'password'];
    const unnamed = await alone('deep/report.pdf', ...keyed, '--output', 'unnamed');
    expect([unnamed.code, existsSync(`${apart}/unnamed`)]).toEqual([5, false]);
    expect(unnamed.err).toContain('a signer that is not trusted yet');
    const seal = /--trust (\S+:[0-9a-f]{64})/.exec(
      (await alone('deep/report.pdf', ...keyed, '--output', 'unnamed', '--trust')).err,
    );
    const [, trust = ''] = seal ?? [];
    const told = await alone('deep/report.pdf', 'notes:.', ...keyed, '--output', 'out', '--trust', trust);
    expect([told.code, told.err]).toEqual([0, '']);
    expect(readFileSync(`${apart}/out/files/deep/report.pdf`, 'utf8')).toBe('one');
    expect(readFileSync(`${apart}/out/notes/a.txt`, 'utf8')).toBe('another alpha');
    // The same signer, but another archive.
    const other = await alone('a.txt', '--file', 'sealed.tar', '--output', 'other', '--trust', trust);
    expect([other.code, existsSync(`${apart}/other`)]).toEqual([1, false]);
    const [signer = ''] = trust.split(':');
    const named = ['--verify-key', signer];
    const sealed = await alone(
      ...['a.txt', '--file', 'sealed.tar', '--passphrase-file', 'passphrase', ...named],
      ...['--output', '-'],
    );
    expect([sealed.code, sealed.out]).toEqual([0, 'another alpha']);
    expect(
      (
        await alone(
          'a.txt',
          '--file',
          'sealed.tar',
          '--passphrase-file',
          'password',
          ...named,
          '--output',
          '-',
        )
      ).code,
    ).toBe(12);
    expect((await alone('a.txt', '--file', 'first.tar', ...named, '--output', '-')).code).toBe(2);
    const stranger = randomBytes(32).toString('base64');
    const refused = await alone('deep', ...keyed, '--verify-key', stranger, '--output', 'refused');
    expect([refused.code, existsSync(`${apart}/refused`)]).toEqual([5, false]);
  });

  test('names files with any bytes in their names, and mistakes none for another', async () => {
    const name = (bytes: number[]): Buffer =>
      Buffer.concat([Buffer.from(here.path('odd', 'caf')), Buffer.from(bytes)]);
    writeFileSync(name([0xe9]), 'latin');
    writeFileSync(name([0xe8]), 'grave');
    writeFileSync(name([0xef, 0xbf, 0xbd]), 'replaced');
    writeFileSync(here.path('odd', 'two\nlines'), 'lines');
    const { id } = await here.api.backup({ label: 'odd', components: ['odd'] });
    const read = (path: string) => run('backup', 'extract', id, path, '--output', '-');
    expect(await read('caf\\xe9')).toMatchObject({ code: 0, out: 'latin' });
    expect(await read('two\\nlines')).toMatchObject({ code: 0, out: 'lines' });
    expect(await read('two\nlines')).toMatchObject({ code: 0, out: 'lines' });
    const several = await read('caf\ufffd');
    expect([several.code, several.out]).toEqual([2, '']);
    for (const shown of ['caf\\xe8', 'caf\\xe9', 'caf\ufffd']) expect(several.err).toContain(shown);
    expect((await run('backup', 'extract', id, 'caf\\xe8', ...output('grave'))).code).toBe(0);
    expect(readdirSync(here.path('grave', 'odd'), 'latin1')).toEqual(['caf\xe8']);
    expect((await run('backup', 'extract', id, 'caf\ufffd', ...output('all'))).code).toBe(0);
    expect(readdirSync(here.path('all', 'odd'))).toHaveLength(3);
  });

  test('into a place that takes no folders, as /proc, is refused, and so are manual pages there', async () => {
    const nowhere = await run('backup', 'extract', 'latest:first', 'deep', '--output', '/proc/none/out');
    expect([nowhere.code, nowhere.err]).toEqual([
      1,
      expect.stringContaining('/proc/none/out/files cannot be written'),
    ]);
    const pages = await run('man', '--output', '/proc/none/man1');
    expect([pages.code, pages.err]).toEqual([1, expect.stringContaining('manual pages cannot be written')]);
  });

  test('of a file that was changed writes nothing', async () => {
    const { verifyKey } = Object(
      jsonLines((await run('backup', 'verify', '--file', 'first.tar', '--json')).out).at(-1),
    );
    const bytes = readFileSync(here.path('first.tar'));
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(here.path('changed.tar'), bytes);
    const changed = await run(
      'backup',
      'extract',
      'large.bin',
      '--file',
      'changed.tar',
      ...['--key-file', 'my.key', '--password-file', 'password', '--verify-key', verifyKey],
      ...output('changed'),
    );
    expect(changed.code).toBe(1);
    expect(spawnSync('find', [here.path('changed'), '-type', 'f']).stdout.toString()).toBe('');
  });
});
