import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { OpenFolders, openTree } from '../../../lib/archive/threads/sealing/open-folders.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';

const names = Array.from({ length: 20 }, (_, i) => `f${i}`);

/** A tree with a folder of many files, and a second tree outside it with the same names. */
const trees = (): { root: string; outside: string } & Disposable => {
  const [source, other] = [scratchFolder(), scratchFolder()];
  for (const [folder, content] of [
    [join(source.path, 'a', 'd'), 'inside'],
    [join(other.path, 'd'), 'OUTSIDE'],
  ] as const) {
    mkdirSync(folder, { recursive: true });
    for (const name of names) writeFileSync(join(folder, name), content);
  }
  const root = source.path;
  return {
    root,
    outside: other.path,
    [Symbol.dispose]: () => {
      source[Symbol.dispose]();
      other[Symbol.dispose]();
    },
  };
};

const swap = ({ root, outside }: { root: string; outside: string }): void => {
  renameSync(join(root, 'a', 'd'), join(outside, 'was-inside'));
  symlinkSync(join(outside, 'd'), join(root, 'a', 'd'));
};

const read = (folders: OpenFolders, name: string): string =>
  readFileSync(folders.nameOf(`a/d/${name}`), 'utf8');

test('a name leads into the folder that is open, though a link stands in its place', () => {
  using tree = trees();
  using root = openTree(tree.root);
  using folders = new OpenFolders(root);
  expect(read(folders, 'f0')).toBe('inside');
  swap(tree);
  expect(names.map((name) => read(folders, name))).toEqual(names.map(() => 'inside'));
  expect(() => folders.nameOf('other')).not.toThrow();
  expect(() => read(folders, 'f0')).toThrow('ENOTDIR');
});

test('a folder may be used by its path; a swap is found out, and it is never again used so', () => {
  using tree = trees();
  using root = openTree(tree.root);
  using folders = new OpenFolders(root);
  expect(folders.isAtPath('a/d')).toBe(true);
  expect(folders.isStillAtPath('a/d')).toBe(true);
  expect(folders.isAtPath('a/d')).toBe(true);
  swap(tree);
  expect(folders.isStillAtPath('a/d')).toBe(false);
  expect(folders.isAtPath('a/d')).toBe(false);
  for (const name of names) expect(read(folders, name)).toBe('inside');
  // The check also holds when the folder is entered again from another one.
  expect(folders.isAtPath('a')).toBe(true);
  renameSync(join(tree.root, 'a', 'd'), join(tree.outside, 'link'));
  renameSync(join(tree.outside, 'was-inside'), join(tree.root, 'a', 'd'));
  expect(folders.isAtPath('a/d')).toBe(false);
  expect(String(folders.nameOf('a/d/f0'))).toMatch(/^\/proc\/self\/fd\//);
});

test('a folder that was swapped before it was used by its path is not', () => {
  using tree = trees();
  using root = openTree(tree.root);
  using folders = new OpenFolders(root);
  expect(read(folders, 'f0')).toBe('inside');
  swap(tree);
  expect(folders.isAtPath('a/d')).toBe(false);
  expect(folders.isAtPath('a')).toBe(true);
});

test('a folder above it that was swapped is found out, too', () => {
  using tree = trees();
  using root = openTree(tree.root);
  using folders = new OpenFolders(root);
  expect(folders.isAtPath('a/d')).toBe(true);
  renameSync(join(tree.root, 'a'), join(tree.outside, 'was-a'));
  symlinkSync(tree.outside, join(tree.root, 'a'));
  expect(folders.isStillAtPath('a/d')).toBe(false);
  expect(folders.isAtPath('a/d')).toBe(false);
});

test('what was seen at its path before it was opened counts where it is the folder, and only there', () => {
  using tree = trees();
  using root = openTree(tree.root);
  using folders = new OpenFolders(root);
  const [inside, outside] = [join(tree.root, 'a', 'd'), join(tree.outside, 'd')].map((path) =>
    lstatSync(path, { bigint: true }),
  );
  for (const path of ['', 'a']) folders.statsOf(path);
  expect(folders.statsOf('a/d', outside).ino).toBe(inside?.ino);
  swap(tree);
  expect(folders.isAtPath('a/d')).toBe(false);
  expect(folders.statsOf('a/d', inside).ino).toBe(inside?.ino);
  expect(folders.isAtPath('a/d')).toBe(true);
  expect(folders.isStillAtPath('a/d')).toBe(false);
});

test('below a folder that others may write to, no folder is used by its path', () => {
  using tree = trees();
  chmodSync(join(tree.root, 'a'), 0o1777);
  using root = openTree(tree.root);
  using folders = new OpenFolders(root);
  expect(folders.isAtPath('')).toBe(true);
  for (const path of ['a', 'a/d']) {
    expect(folders.isAtPath(path)).toBe(false);
    folders.statsOf(path, lstatSync(join(tree.root, path), { bigint: true }));
    expect(folders.isAtPath(path)).toBe(false);
  }
  for (const name of names) expect(String(folders.nameOf(`a/d/${name}`))).toMatch(/^\/proc\/self\/fd\//);
});
