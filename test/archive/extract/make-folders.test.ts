import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { makeFolders, PRIVATE_FOLDER } from '../../../lib/archive/destination/make-folders.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-folders-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('folders are made with those above them, for this user alone where that is asked for; what is there stays', () => {
  const path = join(folder, 'a', 'b', 'c');
  makeFolders(path, PRIVATE_FOLDER);
  for (const made of [path, join(folder, 'a')]) expect(statSync(made).mode & 0o777).toBe(0o700);
  writeFileSync(join(path, 'kept'), '');
  makeFolders(path);
  expect(statSync(join(path, 'kept')).isFile()).toBe(true);
});

test.each([
  ['in a folder that takes none, which Node would try for ever', '/proc/nope', 'ENOENT'],
  ['further down in such a folder', '/proc/nope/data', 'ENOENT'],
  ['below a file', join(folder, 'file', 'below'), 'ENOTDIR'],
  ['in the place of a file', join(folder, 'file'), 'EEXIST'],
])('a folder is refused %s', (_, path, code) => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeFolders(path)).toThrow(expect.objectContaining({ code }));
});
