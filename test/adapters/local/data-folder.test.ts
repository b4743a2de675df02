import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DataFolder } from '../../../lib/adapters/local/data-folder.ts';
import { eventually } from '../../contract/eventually.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();

/** Starts another process that holds the data folder until the test kills it. */
const holder = async (path: string) => {
  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    `const { DataFolder } = await import(${JSON.stringify(new URL('../../../lib/adapters/local/data-folder.ts', import.meta.url).href)});
     const folder = new DataFolder(${JSON.stringify(path)});
     console.log('held');
     setInterval(() => folder, 1000);`,
  ]);
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  await eventually('the other process holds it', () => (told.includes('held') ? true : undefined));
  return child;
};

describe('the data folder', () => {
  test('is made for its owner alone', async () => {
    const path = join(await newFolder(), 'a/b');
    const folder = new DataFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    folder.close();
  });

  test('leaves the mode of a folder that is there', async () => {
    const path = await newFolder();
    await chmod(path, 0o755);
    new DataFolder(path).close();
    expect((await stat(path)).mode & 0o777).toBe(0o755);
  });

  test('that is a file, or below one, is refused with a sentence and without a system’s words', async () => {
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'data')])
      expect(() => new DataFolder(path)).toThrow(
        expect.objectContaining({
          code: 'place_unwritable',
          message: `${path} cannot be used: there is a file in its place, or in the place of a folder above it; make it a folder that this user can write to, or name another one with --data`,
        }),
      );
  });

  test('belongs to one server; another is refused, told whose it is, and disturbs nothing [B1]', async () => {
    const path = await newFolder();
    const child = await holder(path);
    for (let attempt = 0; attempt < 2; attempt++)
      expect(() => new DataFolder(path)).toThrow(
        expect.objectContaining({
          code: 'conflict',
          message: expect.stringContaining(`process ${child.pid}`),
        }),
      );
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  test('comes free when its server is killed, and when it is closed [B1]', async () => {
    const path = await newFolder();
    const child = await holder(path);
    child.kill('SIGKILL');
    await once(child, 'close');
    const folder = new DataFolder(path);
    expect(() => new DataFolder(path)).toThrow(expect.objectContaining({ code: 'conflict' }));
    folder.close();
    new DataFolder(path).close();
    expect(await readdir(path)).toEqual(['process.lock']);
  });

  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) });

  test('that another user may write to is refused, and nothing in it is touched', async () => {
    for (const mode of [0o777, 0o1777, 0o770, 0o702]) {
      const path = await newFolder();
      await chmod(path, mode);
      expect(() => new DataFolder(path)).toThrow(refusal(/may be written by other users .*chmod go-w/s));
      expect(await readdir(path)).toEqual([]);
    }
    const parent = await newFolder();
    await chmod(parent, 0o777);
    expect(() => new DataFolder(join(parent, 'data'))).toThrow(refusal(/may be written by other users/));
  });

  test('with a link, a hard link or a pipe in place of one of its files is refused, and nothing is written through it', async () => {
    for (const name of [
      'process.pid',
      'process.lock',
      'server.json',
      'cli.token',
      'catalog.db',
      'installation.key',
    ]) {
      const elsewhere = join(await newFolder(), 'precious');
      await writeFile(elsewhere, 'precious');
      const linked = await newFolder();
      await symlink(elsewhere, join(linked, name));
      expect(() => new DataFolder(linked)).toThrow(refusal(/is a symbolic link/));
      const hard = await newFolder();
      await link(elsewhere, join(hard, name));
      expect(() => new DataFolder(hard)).toThrow(refusal(/has a second name elsewhere/));
      expect(await readFile(elsewhere, 'utf8')).toBe('precious');
    }
    const piped = await newFolder();
    execFileSync('mkfifo', [join(piped, 'process.pid')]);
    expect(() => new DataFolder(piped)).toThrow(refusal(/neither a file nor a folder/));
  });

  test('may have its archives on another disk, behind a link', async () => {
    const [path, disk] = [await newFolder(), await newFolder()];
    await symlink(disk, join(path, 'archives'));
    new DataFolder(path).close();
    await chmod(disk, 0o777);
    expect(() => new DataFolder(path)).toThrow(refusal(/may be written by other users/));
  });

  test("with archives behind a link to a disk that is not mounted, or a folder in place of the catalog's own files, is refused with a way out [B15]", async () => {
    const refusal = (what: RegExp) =>
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(what) });
    const path = await newFolder();
    await symlink('/nonexistent/disk', join(path, 'archives'));
    expect(() => new DataFolder(path)).toThrow(
      refusal(/archives is a symbolic link that leads nowhere: mount/),
    );
    for (const name of ['catalog.db-wal', 'catalog.db-shm', 'server.json.new', 'installation.key.new']) {
      const other = await newFolder();
      await mkdir(join(other, name));
      expect(() => new DataFolder(other)).toThrow(refusal(/is a folder, and must be a file.*move it away/));
    }
  });

  test('with a file that the group may write is put right where nobody else can enter, and refused elsewhere', async () => {
    const path = await newFolder();
    const file = join(path, 'process.lock');
    await writeFile(file, '');
    await chmod(file, 0o664);
    new DataFolder(path).close();
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    await chmod(file, 0o664);
    await chmod(path, 0o755);
    expect(() => new DataFolder(path)).toThrow(refusal(/process\.lock may be written/));
  });

  const isRoot = process.geteuid?.() === 0;
  (isRoot ? test : test.skip)(
    'of another user is refused to root, with all that others own in it',
    async () => {
      const theirs = await newFolder();
      await chown(theirs, 65_534, 65_534);
      expect(() => new DataFolder(theirs)).toThrow(
        refusal(/belongs to the user 65534, and .*runs as the user 0/),
      );
      const planted = await newFolder();
      await writeFile(join(planted, 'cli.token'), 'planted');
      await chown(join(planted, 'cli.token'), 65_534, 65_534);
      expect(() => new DataFolder(planted)).toThrow(refusal(/cli\.token belongs to the user 65534/));
      const below = await newFolder();
      await mkdir(join(below, 'home'));
      await chown(join(below, 'home'), 65_534, 65_534);
      expect(() => new DataFolder(join(below, 'home', 'data'))).toThrow(
        refusal(/home belongs to the user 65534/),
      );
    },
  );

  test('that cannot be is refused, saying why', async () => {
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    expect(() => new DataFolder(file)).toThrow(expect.objectContaining({ code: 'place_unwritable' }));
    expect(() => new DataFolder(join(file, 'below'))).toThrow(
      expect.objectContaining({ code: 'place_unwritable' }),
    );
    const damaged = await newFolder();
    await mkdir(join(damaged, 'process.lock'));
    expect(() => new DataFolder(damaged)).toThrow(expect.objectContaining({ code: 'place_unwritable' }));
  });
});
