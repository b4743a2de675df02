/** When the data folder prevents a start, the command prints one sentence with what to do, and no stack. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { holdfast } from '../run-holdfast.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-start-'));
  await mkdir(join(folder, 'data'), { mode: 0o700 });
  await writeFile(join(folder, 'holdfast.config.json'), '{}');
});
afterEach(() => rm(folder, { recursive: true }));

const refusal = async (): Promise<string> => {
  const { code, err } = await holdfast(['serve', '--data', 'data', '--port', '0'], { cwd: folder });
  expect(code).not.toBe(0);
  expect(err.trim().split('\n')).toHaveLength(1);
  return err;
};

describe('a start that is refused is told in one sentence [U11]', () => {
  test('for a catalog that is no database, with what else was in it', async () => {
    await writeFile(join(folder, 'data', 'catalog.db'), 'words '.repeat(1000), { mode: 0o600 });
    const told = await refusal();
    expect(told).toContain('is not a database, or is damaged: stop Holdfast and put back a copy of it');
    expect(told).toContain('the backup keys that open them were in this catalog, too');
    expect(told).toContain('If that does not help, report it as a fault of Holdfast.');
  });

  test.each(['catalog.db', 'installation.key', 'cli.token', 'server.json'])(
    'for a folder in place of %s',
    async (name) => {
      await mkdir(join(folder, 'data', name), { mode: 0o700 });
      expect(await refusal()).toContain(`${name} is a folder, and must be a file`);
    },
  );

  test('for a file in place of the folder of archives', async () => {
    await writeFile(join(folder, 'data', 'archives'), 'x', { mode: 0o600 });
    expect(await refusal()).toContain('archives is a file, and must be the folder of archives');
  });
});
