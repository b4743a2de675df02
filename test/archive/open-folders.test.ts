import { chmodSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FolderSwapped, OpenFolders, openTree } from '../../lib/archive/segments/open-folders.ts';
import { scratchFolder } from './tree-fixtures.ts';

const names = Array.from({ length: 20 }, (_, i) => `f${i}`);

/** A tree with a folder of many files, and another one outside with the same names. */
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

test('names of a large folder may be paths; a swap is found out, and that folder is never again used by its path', () => {
  using tree = trees();
  using root = openTree(tree.root);
  using folders = new OpenFolders(root, { byPath: true });
  for (const name of names) read(folders, name);
  expect(String(folders.nameOf('a/d/f0'))).toBe(join(tree.root, 'a/d/f0'));
  swap(tree);
  expect(read(folders, 'f1')).toBe('OUTSIDE');
  expect(() => folders.settle()).toThrow(FolderSwapped);
  for (const name of names) expect(read(folders, name)).toBe('inside');
  expect(String(folders.nameOf('a/d/f0'))).toMatch(/^\/proc\/self\/fd\//);
});

test('a swap is found out on the way to another folder, too', () => {
  using tree = trees();
  using root = openTree(tree.root);
  using folders = new OpenFolders(root, { byPath: true });
  for (const name of names) read(folders, name);
  swap(tree);
  expect(() => folders.nameOf('another')).toThrow(FolderSwapped);
  expect(String(folders.nameOf('another'))).toMatch(/another$/);
});

test('below a folder that others may write to, no name is a path', () => {
  using tree = trees();
  chmodSync(join(tree.root, 'a'), 0o1777);
  using root = openTree(tree.root);
  using folders = new OpenFolders(root, { byPath: true });
  for (const name of names) expect(String(folders.nameOf(`a/d/${name}`))).toMatch(/^\/proc\/self\/fd\//);
});
