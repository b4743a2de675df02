import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { TreeItem } from '../../../lib/archive/capture/tree-item.ts';
import { PathFilter } from '../../../lib/components/directory/path-filter.ts';
import { isAtOrBefore, type WalkOptions, walk } from '../../../lib/components/directory/walk.ts';
import { canMount, mounted } from '../../archive/extract/mounts.ts';
import { scratchFolder } from '../../archive/samples/tree-fixtures.ts';
import { randomFrom, testSeed } from '../../random-pieces.ts';

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

/** Whether this file system records when a folder was last read. */
const tellsReads = (() => {
  using scratch = scratchFolder();
  utimesSync(scratch.path, 1, 2);
  readdirSync(scratch.path);
  return statSync(scratch.path).atimeMs > 1000;
})();
(tellsReads ? test : test.skip).each<[string[], string[]]>([
  [['/a/one.txt'], ['', 'a']],
  [['a/*'], ['', 'a', 'a/cache']],
  [['a/**/three.txt'], ['', 'a', 'a/cache']],
  [['/b/d*/e?'], ['', 'b', 'b/deep', 'b/deep/er']],
  [
    ['b/{deep,other}/er', '/a/x/y'],
    ['', 'a', 'b', 'b/deep', 'b/deep/er'],
  ],
  [['/nothing', '!a'], ['']],
  [['one.txt'], ['', 'a', 'a/cache', 'b', 'b/deep', 'b/deep/er', 'empty']],
])('include %j enters no folder in which it can match nothing', (include, entered) => {
  // The walk must not even read a folder in which nothing can match: reading it may hang, or fail and be
  // reported.
  const folders = ['', ...paths().filter((path) => path !== '.' && statSync(join(root, path)).isDirectory())];
  for (const path of folders) utimesSync(join(root, path), 1, 2);
  paths({ include });
  expect(folders.filter((path) => statSync(join(root, path)).atimeMs > 1000)).toEqual(entered);
});

test('whatever include keeps is found, also without a look at all else', () => {
  const seed = testSeed();
  console.log(`directory-walk: SEED=${seed}`);
  const random = randomFrom(seed);
  const pick = (choices: readonly string[]): string => choices[random(choices.length)] ?? '';
  const names = ['a', 'b', 'b.txt', 'cache', 'deep', 'er', '*', '**', '?', '[ab]', '*.txt', '{a,b}'];
  const all = paths().filter((path) => path !== '.');
  for (let n = 0; n < 300; n += 1) {
    const parts = Array.from({ length: 1 + random(4) }, () => pick(names)).join('/');
    const pattern = pick(['', '/', '']) + parts + pick(['', '', '/']);
    const filter = new PathFilter({ include: [pattern] });
    const isFolder = (path: string): boolean => statSync(join(root, path)).isDirectory();
    const above = (path: string): string[] =>
      path.split('/').map((_, at, all) => all.slice(0, at + 1).join('/'));
    const wanted = all.filter((path) => above(path).some((one) => filter.isIncluded(one, isFolder(one))));
    const found = new Set(paths({ include: [pattern] }));
    expect([pattern, wanted.filter((path) => !found.has(path))]).toEqual([pattern, []]);
  }
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

/** Any Linux system has these two file systems, one mounted inside the other. */
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

(canMount ? test : test.skip)(
  'with oneFileSystem, a file of another one mounted over a file is left out',
  () => {
    const other = mkdtempSync('/dev/shm/holdfast-walk-');
    writeFileSync(join(other, 'secret'), 'secret');
    const unmounts = [
      mounted(join(other, 'secret'), join(root, 'a/one.txt'), ['--bind']),
      mounted(join(root, '.hidden'), join(root, 'b.txt'), ['--bind']),
    ];
    try {
      const items = walk(root, { oneFileSystem: true });
      const found = [...items].map(({ path }) => path);
      expect(found).not.toContain('a/one.txt');
      // A bind mount from the same file system is still included.
      expect(found).toContain('b.txt');
      expect(items.report).toMatchObject({ notEntered: ['a/one.txt'], notEnteredCount: 1 });
      expect(paths()).toContain('a/one.txt');
    } finally {
      for (const unmount of unmounts) unmount();
      rmSync(other, { recursive: true });
    }
  },
);

/** Replaces `b/deep/er` by another folder with a file of the same name, when the walk reaches `path`. */
const walkWithSwapAt = (path: string): readonly TreeItem[] => {
  using other = scratchFolder();
  writeFileSync(join(other.path, 'four.txt'), 'OUTSIDE');
  const items: TreeItem[] = [];
  for (const item of walk(root)) {
    items.push(item);
    if (item.path !== path) continue;
    renameSync(join(root, 'b/deep/er'), join(root, 'b/deep/was'));
    symlinkSync(other.path, join(root, 'b/deep/er'));
  }
  return items;
};

const seenOf = (items: readonly TreeItem[], path: string) => {
  const item = items.find((one) => one.path === path);
  return item !== undefined && 'seen' in item ? item.seen : undefined;
};

test('files are seen in the folder that was opened, though a link stands in its place by then', () => {
  const { ino } = statSync(join(root, 'b/deep/er/four.txt'));
  const items = walkWithSwapAt('b/deep/er');
  expect(seenOf(items, 'b/deep/er/four.txt')?.inode).toBe(ino);
  expect(items.some((item) => 'reason' in item)).toBe(false);
});

test('a folder that a link took the place of is that link, where the walk had not opened it', () => {
  const items = walkWithSwapAt('b/deep');
  expect(items.find(({ path }) => path === 'b/deep/er')).toMatchObject({ type: 'symlink' });
  expect(items.some(({ path }) => path.startsWith('b/deep/er/'))).toBe(false);
});

test('files may be opened by their paths where nobody else can put another folder on the way', () => {
  expect(seenOf([...walk(root)], 'b/deep/er/four.txt')?.guarded).toBe(true);
  chmodSync(join(root, 'b'), 0o1777);
  const items = [...walk(root)];
  expect(seenOf(items, 'b/deep/er/four.txt')?.guarded).toBe(false);
  expect(seenOf(items, 'b.txt')?.guarded).toBe(true);
});

test('a folder of many names is walked whole and in order, files and folders among each other', () => {
  const names = Array.from({ length: 900 }, (_, i) => `m${String(i).padStart(4, '0')}`);
  mkdirSync(join(root, 'many'));
  for (const [i, name] of names.entries()) {
    if (i % 299 === 5) mkdirSync(join(root, 'many', name));
    else writeFileSync(join(root, 'many', name), name);
  }
  expect(paths().filter((path) => path.startsWith('many/'))).toEqual(names.map((name) => `many/${name}`));
});
