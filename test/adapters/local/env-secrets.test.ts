import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { EnvSecrets } from '../../../lib/adapters/local/env-secrets.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();
const secrets = (env: Record<string, string> = {}) => {
  const lines: string[] = [];
  const log = new JsonLogger({ write: (line) => lines.push(line), pretty: false });
  return { lines, made: new EnvSecrets({ log, env }) };
};

describe('secrets of the embedded host', () => {
  test('come from the environment', async () => {
    const { made } = secrets({ URL: 'postgres://a' });
    expect(await made.resolve({ env: 'URL' })).toBe('postgres://a');
  });

  test.each([
    ['secret\n', 'secret'],
    ['secret', 'secret'],
    ['secret\r\nsecond line\n', 'secret'],
    [' with spaces \n', ' with spaces '],
  ])('come from the first line of a file: %j', async (content, expected) => {
    const file = join(await newFolder(), 'secret');
    await writeFile(file, content, { mode: 0o600 });
    const { made, lines } = secrets();
    expect(await made.resolve({ file })).toBe(expected);
    expect(lines).toEqual([]);
  });

  test('are read anew each time', async () => {
    const file = join(await newFolder(), 'secret');
    const { made } = secrets();
    for (const value of ['one', 'two']) {
      await writeFile(file, value, { mode: 0o600 });
      expect(await made.resolve({ file })).toBe(value);
    }
  });

  test('that everyone may read are warned of once, and not shown', async () => {
    const file = join(await newFolder(), 'secret');
    await writeFile(file, 'hunter2');
    await chmod(file, 0o644);
    const { made, lines } = secrets();
    await made.resolve({ file });
    await made.resolve({ file });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('chmod 600');
    expect(lines[0]).not.toContain('hunter2');
  });

  test('that are not there are named, with what to do', async () => {
    const { made } = secrets({ EMPTY: '' });
    const folder = await newFolder();
    await writeFile(join(folder, 'empty'), '\nsecond');
    const cases = [
      [{ env: 'MISSING' }, 'environment variable MISSING is not set'],
      [{ env: 'EMPTY' }, 'environment variable EMPTY is empty'],
      [{ file: join(folder, 'none') }, 'none cannot be read (ENOENT)'],
      [{ file: folder }, 'cannot be read (EISDIR)'],
      [{ file: join(folder, 'empty') }, 'first line'],
      [{ secretsManager: 'prod/db' }, 'prod/db'],
    ] as const;
    for (const [reference, words] of cases)
      await expect(made.resolve(reference)).rejects.toMatchObject({
        code: 'component_unavailable',
        message: expect.stringContaining(words),
      });
  });
});
