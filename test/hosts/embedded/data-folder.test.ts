import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DataFolder } from '../../../lib/hosts/embedded/data-folder.ts';
import { eventually } from '../../contract/eventually.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();

/** Another process that holds the folder until it is killed. */
const holder = async (path: string) => {
  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    `const { DataFolder } = await import(${JSON.stringify(new URL('../../../lib/hosts/embedded/data-folder.ts', import.meta.url).href)});
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
