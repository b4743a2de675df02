import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { claimAndRename, linkNew } from '../../../lib/adapters/local/store/durable-names.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();

describe.each([
  ['by a link', linkNew],
  ['by a claim, where there are no links', claimAndRename],
])('a new name, given %s', (_, give) => {
  test('goes to exactly one of ten who want it at once, whole', async () => {
    const folder = await newFolder();
    const from = Array.from({ length: 10 }, (_, i) => join(folder, `from-${i}`));
    for (const path of from) await writeFile(path, path);
    const outcomes = await Promise.allSettled(from.map((path) => give(path, join(folder, 'to'))));
    const winners = from.filter((_, i) => outcomes[i]?.status === 'fulfilled');
    expect(winners).toEqual([await readFile(join(folder, 'to'), 'utf8')]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'file_exists' });
  });

  test('is left to nothing when there is nothing to name', async () => {
    const folder = await newFolder();
    await expect(give(join(folder, 'none'), join(folder, 'to'))).rejects.toThrow(/ENOENT/);
    expect(await readdir(folder)).toEqual([]);
  });
});
