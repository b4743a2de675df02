import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isAtOrBefore, type WalkOptions, walk } from '../../lib/components/directory/walk.ts';
import { scratchFolder } from '../archive/tree-fixtures.ts';

let root = '';
let folder: Disposable | undefined;
afterEach(() => folder?.[Symbol.dispose]());
beforeEach(() => {
  const scratch = scratchFolder();
  folder = scratch;
  root = scratch.path;
  for (const name of ['a', 'a/cache', 'b', 'b/deep/er', 'empty'])
    mkdirSync(join(root, name), { recursive: true });
  for (const file of [
    'a/one.txt',
    'a/two.tmp',
    'a/cache/three.txt',
    'b/deep/er/four.txt',
    'b.txt',
    '.hidden',
  ]) {
    writeFileSync(join(root, file), file);
  }
});

const paths = (options: WalkOptions = {}): string[] => [...walk(root, options)].map(({ path }) => path);

test('parents come before children, siblings in the order of their bytes', () => {
  expect(paths()).toEqual([
    '.',
    '.hidden',
    'a',
    'a/cache',
    'a/cache/three.txt',
    'a/one.txt',
    'a/two.tmp',
    'b',
    'b/deep',
    'b/deep/er',
    'b/deep/er/four.txt',
    'b.txt',
    'empty',
  ]);
});

test('exclude leaves out what it matches, and does not enter excluded folders', () => {
  expect(paths({ exclude: ['**/*.tmp', 'a/cache', 'b/**', '.*', 'empty'] })).toEqual([
    '.',
    'a',
    'a/one.txt',
    'b.txt',
  ]);
});

test('include keeps what it matches, with the folders above it', () => {
  expect(paths({ include: ['**/*.txt'], exclude: ['a/cache'] })).toEqual([
    '.',
    'a',
    'a/one.txt',
    'b',
    'b/deep',
    'b/deep/er',
    'b/deep/er/four.txt',
    'b.txt',
  ]);
  expect(paths({ include: ['nothing'] })).toEqual(['.']);
});

test('a file with several names is one file and links to it', () => {
  linkSync(join(root, 'b.txt'), join(root, 'a', 'other'));
  symlinkSync('b.txt', join(root, 'z'));
  const items = [...walk(root)].filter(({ path }) => ['a/other', 'b.txt', 'z'].includes(path));
  expect(items).toMatchObject([
    { path: 'a/other', type: 'file', size: 5 },
    { path: 'b.txt', type: 'hardlink', link: 'a/other', size: 0 },
    { path: 'z', type: 'symlink', link: 'b.txt' },
  ]);
});

test('each place in a walk is at or before itself and what follows, and nothing else', () => {
  const all = paths();
  for (const [i, path] of all.entries()) {
    for (const [j, after] of all.entries())
      expect([path, after, isAtOrBefore(path, after)]).toEqual([path, after, i <= j]);
  }
});

test('a root that is not there, or no folder, is an error', () => {
  expect(() => walk(join(root, 'missing'))).toThrow('ENOENT');
  expect(() => [...walk(join(root, 'b.txt'))]).toThrow('ENOTDIR');
});

/** Two file systems, one in the other, wherever Linux runs. */
const nested = existsSync('/dev/shm') && statSync('/dev').dev !== statSync('/dev/shm').dev;
(nested ? test : test.skip)('with oneFileSystem, a mount point is kept and not entered', () => {
  const other = mkdtempSync('/dev/shm/holdfast-walk-');
  try {
    const inside = other.slice('/dev/'.length);
    const found = (options: WalkOptions): string[] => [...walk('/dev', options)].map(({ path }) => path);
    expect(found({})).toContain(inside);
    const one = found({ oneFileSystem: true });
    expect(one).toContain('shm');
    expect(one).not.toContain(inside);
  } finally {
    rmSync(other, { recursive: true });
  }
});
