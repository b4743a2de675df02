/** The command line with a real embedded installation, from the first start to the last stop. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../contract/eventually.ts';
import { requireTool } from '../tools/debian-tools.ts';
import { type Finished, holdfast, jsonLines, type Started, startHoldfast } from './run-holdfast.ts';

const PASSPHRASE = 'correct horse battery';
const LARGE_MEBIBYTES = 500;

let folder: string;
let server: Started;
let url: string;

/** Runs a command in the folder that contains `holdfast-data`. */
const run = (...args: string[]): Promise<Finished> => holdfast(args, { cwd: folder });
const at = (...parts: string[]): string => join(folder, ...parts);

const startServer = async (): Promise<void> => {
  server = startHoldfast(['serve', '--port', '0', '--admin-token-file', 'admin.token'], { cwd: folder });
  const file = await eventually(
    `the server answers: ${server.errSoFar()}`,
    () => readFile(at('holdfast-data', 'server.json'), 'utf8').catch(() => undefined),
    20_000,
  );
  url = JSON.parse(file).url;
};

const created = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await run('backup', 'create', '--json', '--wait', ...args);
  if (code !== 0) throw new Error(`create ended with ${code}: ${err}`);
  return String(jsonLines(out)[0]?.id);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-end-to-end-'));
  await mkdir(at('files', 'empty'), { recursive: true });
  await mkdir(at('other'));
  await mkdir(at('large'));
  await writeFile(at('files', 'letter.txt'), 'Dear reader\n', { mode: 0o640 });
  await writeFile(at('files', 'evil\u001b[2Jname'), 'x');
  await writeFile(at('files', 'picture.bin'), randomBytes(2_000_000));
  await symlink('letter.txt', at('files', 'link'));
  await writeFile(at('other', 'one'), '1');
  await writeFile(
    at('holdfast.config.json'),
    JSON.stringify({
      installation: 'acme',
      components: ['files', 'other', 'large'].map((id) => ({ id, kind: 'directory', path: id })),
    }),
  );
  await startServer();
}, 30_000);

afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.done;
  await rm(folder, { recursive: true });
}, 30_000);

describe('an embedded installation', () => {
  test('the first start hands out the token in a file that only its owner may read [U12]', async () => {
    expect((await stat(at('admin.token'))).mode & 0o777).toBe(0o600);
    const token = (await readFile(at('admin.token'), 'utf8')).trim();
    expect(server.errSoFar()).not.toContain(token);
    const env = { HOLDFAST_URL: url, HOLDFAST_TOKEN: token };
    expect((await holdfast(['component', 'list'], { env })).out).toMatch(/^files +directory /m);
  });

  test('another token is refused: 5 [U12]', async () => {
    const env = { HOLDFAST_URL: url, HOLDFAST_TOKEN: 'hft_another' };
    for (const args of [
      ['backup', 'list'],
      ['backup', 'create'],
    ]) {
      const { code, err } = await holdfast(args, { env });
      expect([code, err]).toEqual([5, expect.stringContaining('HOLDFAST_TOKEN')]);
    }
  });

  test('a label against the rule is refused with the rule: 2 [D1] [U11]', async () => {
    const { code, err } = await run('backup', 'create', '--label', '..nightly');
    expect([code, err]).toEqual([2, expect.stringContaining('3 to 25 characters of A-Z a-z 0-9 _ . -')]);
    const unknown = await run('backup', 'create', '--component', 'nothing');
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('files')]);
  });

  test('an unknown backup is not found: 4 [U11]', async () => {
    const id = 'nightly-6f9619ff-8b86-4011-b42d-00c04fc964ff';
    for (const args of [
      ['show'],
      ['contents'],
      ['log'],
      ['verify'],
      ['restore'],
      ['cancel'],
      ['delete', '--yes'],
    ])
      expect([args, (await run('backup', ...args, id)).code]).toEqual([args, 4]);
    expect((await run('backup', 'show', 'x/../y')).code).toBe(4);
  });
});

describe('a backup', () => {
  let id: string;

  test('is made, waited for and brought here in one command, step by step [U8] [T4] [D2] [O8]', async () => {
    const args = ['--label', 'nightly', '--component', 'files', '--include-logs', '--output', 'files.tar'];
    const { code, out, err } = await run('backup', 'create', ...args);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/\bcapture files: \d entries, 2\.00 MB\nseal-archive\n/),
    ]);
    expect(err.match(/^(acquire-lock|plan-backup|capture|seal-archive|verify-archive|done)$/gm)).toEqual([
      'acquire-lock',
      'plan-backup',
      'capture',
      'seal-archive',
      'verify-archive',
      'done',
    ]);
    id = /^backup +(nightly-[0-9a-f-]{36})$/m.exec(out)?.[1] ?? '';
    expect(id).not.toBe('');
    expect(out).toMatch(/^state +SUCCESS$/m);
  });

  test('lies here whole: stock tar opens it, verify and inspect need no server [U4] [U9] [C11]', async () => {
    if (requireTool('tar')) {
      const names = execFileSync('tar', ['-tf', at('files.tar')]).toString();
      expect(names).toMatch(/^components\/files\/0+1\.tar\.zst\.age$/m);
    }
    const options = { cwd: tmpdir(), env: { HOLDFAST_DATA: '/nonexistent' } };
    const verified = await holdfast(['backup', 'verify', '--file', at('files.tar')], options);
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining(id)]);
    const inspected = await holdfast(['backup', 'inspect', '--file', at('files.tar'), '--json'], options);
    expect(jsonLines(inspected.out)).toEqual([
      expect.objectContaining({ backupId: id, installation: 'acme' }),
    ]);
  });

  test('streams to standard output, everything else to standard error [U8] [T4]', async () => {
    const { code, stdout, err } = await run('backup', 'create', '--component', 'files', '--output', '-');
    expect([code, err]).toEqual([0, expect.stringContaining('seal-archive\n')]);
    await writeFile(at('streamed.tar'), stdout);
    expect((await run('backup', 'verify', '--file', 'streamed.tar')).code).toBe(0);
  });

  test('is listed, by label too, and shown [D3] [D4] [U11]', async () => {
    const list = jsonLines((await run('backup', 'list', 'nightly', '--json')).out)[0];
    expect(list).toEqual(expect.objectContaining({ type: 'result', skip: 0, total: 1 }));
    expect((await run('backup', 'list', '--limit', '1')).err).toContain('1 to 1 of 2 backups; --skip 1');
    const { code, out } = await run('backup', 'show', id);
    expect([code, out]).toEqual([0, expect.stringMatching(/^ {2}files +directory +SUCCESS +\d +2\.00 MB/m)]);
    const status = await run('backup', 'status');
    expect([status.code, status.out]).toEqual([0, expect.stringContaining('nothing runs')]);
  });

  test('tells what it holds, hostile names written out, and its log [U7] [U9]', async () => {
    const { code, out } = await run('backup', 'contents', id, '--all');
    expect(code).toBe(0);
    expect(out).toMatch(/^-rw-r----- +12 B {2}\S+Z {2}files:letter\.txt$/m);
    expect(out).toMatch(/files:link -> letter\.txt$/m);
    expect(out).toContain('files:evil\\x1b[2Jname\n');
    expect((await run('backup', 'log', id)).out).toContain(`backup ${id} of files begins`);
  });

  test('is verified in the store, a part or all of it, inside too [U9]', async () => {
    expect((await run('backup', 'verify', id, '--subset', '1/2')).code).toBe(0);
    const { code, out } = await run('backup', 'verify', id, '--deep');
    expect([code, out]).toEqual([0, expect.stringContaining('decrypted and decompressed too')]);
  });

  test('comes here again, where an earlier try broke off [T4]', async () => {
    const whole = await readFile(at('files.tar'));
    expect((await run('backup', 'download', id, '--output', 'files.tar')).code).toBe(1);
    await writeFile(at('again.tar.part'), whole.subarray(0, 700_000));
    expect((await run('backup', 'download', id, '--output', 'again.tar')).code).toBe(0);
    expect((await readFile(at('again.tar'))).equals(whole)).toBe(true);
  });

  test('a file name that exists is refused before the work starts, unless told to replace it [U5]', async () => {
    const args = ['--component', 'other', '--file-name', 'mine.tar'];
    await created(...args);
    const refused = await run('backup', 'create', ...args);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('mine.tar')]);
    await created(...args, '--overwrite');
  });

  test('a dry run tells what a restore would do and writes nothing; the restore does it [B7] [D6]', async () => {
    const dry = await run('backup', 'restore', id, '--to', 'files=back', '--dry-run');
    expect([dry.code, dry.out]).toEqual([
      0,
      expect.stringMatching(/plan for files\n +into .*back\n +create +\d\n/),
    ]);
    await expect(stat(at('back'))).rejects.toThrow('ENOENT');
    expect(dry.err).toMatch(/^dry run restore-\S+\nacquire-lock\nopen-archive\ndone\n$/);
    expect((await run('backup', 'show', id)).out).toMatch(/^ +restore-\S+ +SUCCESS \(dry run\)$/m);
    const { code, out, err } = await run('backup', 'restore', id, '--to', 'files=back', '--wait');
    expect([code, err]).toEqual([0, expect.stringContaining('restore files: ')]);
    execFileSync('diff', ['-r', '--no-dereference', at('files'), at('back')]);
    const restoreId = /^restore +(\S+)$/m.exec(out)?.[1] ?? '';
    expect((await run('restore', 'list')).out).toContain(restoreId);
    expect((await run('restore', 'show', restoreId)).out).toMatch(/^ {2}files +directory +SUCCESS/m);
    expect((await run('backup', 'show', id)).out).toContain(restoreId);
    const kept = await run('backup', 'restore', id, '--to', 'files=back', '--existing', 'refuse', '--wait');
    expect(kept.code).not.toBe(0);
  });

  test('under a passphrase: 12 for a wrong one, 0 for the right one, 2 for one too short [U6] [T3]', async () => {
    await writeFile(at('passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
    await writeFile(at('wrong'), 'another passphrase\n', { mode: 0o600 });
    await writeFile(at('short'), 'too short\n', { mode: 0o600 });
    const short = await run('backup', 'create', '--passphrase-file', 'short');
    expect([short.code, short.err]).toEqual([2, expect.stringContaining('12')]);
    const sealed = await created('--component', 'other', '--passphrase-file', 'passphrase');
    const restore = (file: string) =>
      run('backup', 'restore', sealed, '--to', 'other=opened', '--wait', '--passphrase-file', file);
    expect((await restore('wrong')).code).toBe(12);
    expect((await restore('passphrase')).code).toBe(0);
    expect(await readFile(at('opened', 'one'), 'utf8')).toBe('1');
    const contents = await run('backup', 'contents', sealed, '--passphrase-file', 'passphrase');
    expect([contents.code, contents.out]).toEqual([0, expect.stringContaining('other:one')]);
    expect((await run('backup', 'contents', sealed, '--passphrase-file', 'wrong')).code).toBe(12);
  }, 60_000);

  test('while one runs another is refused: 11; cancelled, it leaves nothing and the lock free [U2] [B9] [C9]', async () => {
    const file = await open(at('large', 'file'), 'w');
    const piece = randomBytes(2 ** 20);
    for (let i = 0; i < LARGE_MEBIBYTES; i += 1) await file.write(piece);
    await file.close();
    const running = (await run('backup', 'create', '--component', 'large')).out.trim();
    const second = await run('backup', 'create', '--component', 'other', '--json');
    expect(second.code).toBe(11);
    expect(jsonLines(second.err)).toEqual([
      expect.objectContaining({
        code: 'operation_running',
        operation: expect.objectContaining({ id: running, kind: 'backup' }),
      }),
    ]);
    expect((await run('backup', 'cancel', running)).code).toBe(0);
    await eventually('it is cancelled', async () =>
      (await run('backup', 'show', running)).out.includes('CANCELLED') ? true : undefined,
    );
    expect((await run('backup', 'download', running, '--output', 'none.tar')).code).toBe(1);
    expect((await readdir(folder)).filter((name) => name.startsWith('none'))).toEqual([]);
    await created('--component', 'other');
  }, 60_000);

  test('deleted, it is gone from the list and the store; its restores are not [D5] [D6]', async () => {
    expect((await run('backup', 'delete', id, '--yes')).out).toBe(`${id} is deleted\n`);
    expect((await run('backup', 'show', id)).code).toBe(4);
    expect((await run('backup', 'list', 'nightly')).err).toBe('There are no backups.\n');
    expect(await readdir(at('holdfast-data', 'archives'))).not.toContain(`${id}.tar`);
    expect((await run('restore', 'list')).out).toContain(id);
  });

  test('with things skipped it is partial: 3, and they are named [B3]', async () => {
    execFileSync('mkfifo', [at('other', 'pipe')]);
    const { code, out } = await run('backup', 'create', '--component', 'other', '--wait');
    expect([code, out]).toEqual([3, expect.stringMatching(/skipped\n {2}other: pipe: /)]);
    await rm(at('other', 'pipe'));
  });
});

describe('the server', () => {
  test('stops at a signal with 0, after which commands say how to start it; then all is there again', async () => {
    const before = jsonLines((await run('backup', 'list', '--json')).out)[0]?.total;
    server.child.kill('SIGTERM');
    expect((await server.done).code).toBe(0);
    const silent = await run('backup', 'list');
    expect([silent.code, silent.err]).toEqual([1, expect.stringContaining('npx holdfast serve')]);
    await startServer();
    expect(jsonLines((await run('backup', 'list', '--json')).out)[0]?.total).toBe(before);
  }, 30_000);

  test('tells JSON lines where JSON is asked for, its log among them', async () => {
    await writeFile(at('small.json'), '{"installation": "small"}');
    const args = ['serve', '--json', '--config', 'small.json', '--data', 'small-data', '--port', '0'];
    const { child, errSoFar, done } = startHoldfast(args, { cwd: folder });
    const file = at('small-data', 'server.json');
    await eventually('it listens', () => readFile(file).catch(() => undefined), 20_000);
    child.kill('SIGTERM');
    const { code, out, err } = await done;
    expect([code, errSoFar()]).toEqual([0, err]);
    expect(jsonLines(out)).toEqual([
      {
        type: 'result',
        url: expect.stringMatching(/^http:/),
        installation: 'small',
        data: at('small-data'),
        components: [],
      },
    ]);
    const told = jsonLines(err);
    expect(told).toContainEqual({ type: 'status', administratorToken: expect.stringMatching(/^hf_/) });
    expect(told).toContainEqual({ type: 'status', state: 'stopping' });
    expect(told.filter(({ type }) => type !== 'status' && type !== 'log')).toEqual([]);
  }, 30_000);

  test('says so when its configuration is wrong: 2', async () => {
    await writeFile(at('wrong.json'), '{"components": 7}');
    const { code, err } = await run('serve', '--config', 'wrong.json', '--data', 'elsewhere');
    expect([code, err]).toEqual([2, expect.stringContaining('components')]);
  });
});
