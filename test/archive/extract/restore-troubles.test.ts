/**
 * A restore names whatever the system refuses, with the reason, and restores everything else. Tested on real
 * file systems.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Existing } from '../../../lib/archive/destination/existing.ts';
import type { ExtractTarOutcome } from '../../../lib/archive/extract/extract-options.ts';
import { extractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { extractByHand, testWithStockTools } from '../recover/stock-tools.ts';
import { type EngineArchive, makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder, treeComponent } from '../samples/tree-fixtures.ts';
import { canMount, mounted } from './mounts.ts';

const program = fileURLToPath(new URL('./extract-program.ts', import.meta.url));
const isRoot = process.geteuid?.() === 0;
const testAsRoot = isRoot ? test : test.skip;
const NOBODY = 65_534;
const NOT_PERMITTED = 'not permitted: something there is immutable, or this user lacks a right (EPERM)';

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

let place = '';
let target = '';
let made: EngineArchive;
const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0).reverse()) one();
});
beforeEach(() => {
  const scratch = scratchFolder();
  undo.push(() => scratch[Symbol.dispose]());
  place = scratch.path;
  target = join(place, 'target');
  mkdirSync(target);
});

const put = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
};
const backUp = async (files: Readonly<Record<string, string>>, more = (_source: string): void => {}) => {
  const source = join(place, 'source');
  mkdirSync(source);
  put(source, files);
  more(source);
  made = await makeEngineArchive({ files: treeComponent(pool, source) });
};
const restore = (existing: Existing = 'overwrite'): Promise<ExtractTarOutcome> =>
  extractTar({ ...made, component: 'files', pool, target, existing, restoreId: 'r-1' });
const read = (path: string): string => readFileSync(join(target, path), 'utf8');
const leftovers = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.holdfast'));

const immutable = (path: string): void => {
  execFileSync('chattr', ['+i', path]);
  undo.push(() => execFileSync('chattr', ['-i', path]));
};
const hasImmutable = (() => {
  if (!isRoot) return false;
  using scratch = scratchFolder();
  const run = (flag: string) => spawnSync('chattr', [flag, scratch.path]).status;
  return run('+i') === 0 && run('-i') === 0;
})();
const testImmutable = hasImmutable ? test : test.skip;

const LARGE = 'large '.repeat(40_000);

/** Restores in a separate process, started through the commands in `begin`. */
const restoreByProcess = async (
  begin: readonly string[],
  as: { readonly uid?: number; readonly gid?: number } = {},
): Promise<ExtractTarOutcome> => {
  const archive = join(place, 'archive');
  writeFileSync(archive, made.bytes);
  chmodSync(place, 0o755);
  const [command = '', ...args] = [
    ...begin,
    process.execPath,
    program,
    archive,
    made.identity,
    target,
    'r-1',
  ];
  const env = { ...process.env, EXISTING: 'overwrite' };
  const { stdout, stderr } = spawnSync(command, args, { cwd: place, encoding: 'utf8', env, ...as });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
};

describe('one entry that the system refuses [B7] [B8]:', () => {
  testImmutable('an immutable file and folder keep what they have; the rest comes back', async () => {
    await backUp({ a: 'new', b: 'new', 'in/c': 'new', 'in/d': 'new', 'in/below/e': 'new', large: LARGE });
    put(target, { a: 'old', 'in/c': 'old', large: 'old' });
    for (const path of ['a', 'in', 'large']) immutable(join(target, path));
    const outcome = await restore();
    const refused = `could not be restored: ${NOT_PERMITTED}`;
    const named = outcome.skipped.map(({ path, reason }) => [path, reason]);
    expect(named.slice(0, 1)).toEqual([
      [
        'in/below',
        `this folder could not be created: ${NOT_PERMITTED}; the 1 entries below it are not restored`,
      ],
    ]);
    expect(named.slice(1, -1).sort()).toEqual(['a', 'in/c', 'in/d', 'large'].map((path) => [path, refused]));
    expect(named.at(-1)).toEqual([
      'in',
      expect.stringMatching(/^was restored without its .*mode.*without its time/),
    ]);
    // The count includes the root, `in` and `b`.
    expect(outcome).toMatchObject({ entries: 3, bytes: 3, skippedCount: 7, refusedCount: 6 });
    expect([read('a'), read('b'), read('in/c'), read('large')]).toEqual(['old', 'new', 'old', 'old']);
    expect(leftovers(target)).toEqual([]);
  });

  testImmutable(
    'links to a file that could not be restored are named, and never lead to the old one',
    async () => {
      await backUp({ a: 'new' }, (source) => {
        linkSync(join(source, 'a'), join(source, 'b'));
        symlinkSync('x', join(source, 's'));
      });
      put(target, { a: 'old' });
      immutable(join(target, 'a'));
      const outcome = await restore();
      expect(outcome.skipped.map(({ path }) => path).sort()).toEqual(['a', 'b']);
      expect(readdirSync(target).sort()).toEqual(['a', 's']);
      expect(read('a')).toBe('old');
    },
  );

  testImmutable('a folder that cannot be made is one line, whatever is below it', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`in/new/deep/${n}`, 'x'.repeat(500)]),
    );
    await backUp({ ...files, 'in/new/large': LARGE, other: 'new' }, (source) => {
      symlinkSync('x', join(source, 'in/new/link'));
      linkSync(join(source, 'in/new/deep/0'), join(source, 'same'));
    });
    mkdirSync(join(target, 'in'));
    immutable(join(target, 'in'));
    const outcome = await restore();
    const [first] = outcome.skipped.filter(({ path }) => path === 'in/new');
    expect(first?.reason).toMatch(
      /^this folder could not be created: .*; the 303 entries below it are not restored$/,
    );
    expect(outcome.skipped.map(({ path }) => path).sort()).toEqual(['in', 'in/new', 'same']);
    expect(outcome).toMatchObject({ skippedCount: 306, refusedCount: 304, entries: 3 });
  });

  testImmutable('ten thousand refusals are counted, and a hundred named', async () => {
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`in/${n}`, 'new']));
    await backUp({ ...files, other: 'new' });
    mkdirSync(join(target, 'in'));
    immutable(join(target, 'in'));
    const outcome = await restore();
    expect(outcome.skipped).toHaveLength(100);
    expect(outcome).toMatchObject({ skippedCount: 501, refusedCount: 500, files: 1 });
  });

  testImmutable('when all fail, no file is said to be back', async () => {
    await backUp({ a: 'new', 'in/b': 'new' });
    put(target, { a: 'old', 'in/b': 'old' });
    for (const path of ['a', 'in/b']) immutable(join(target, path));
    expect(await restore()).toMatchObject({ files: 0, refusedCount: 2, bytes: 0 });
  });

  testAsRoot(
    'who may not give files away restores them, without owners, setuid and setgid, and says so',
    async () => {
      await backUp({ theirs: 'x', mine: 'x', large: LARGE }, (source) => {
        symlinkSync('x', join(source, 'link'));
        mkdirSync(join(source, 'folder'));
        for (const name of ['theirs', 'large', 'folder']) chownSync(join(source, name), 1234, 1234);
        execFileSync('chown', ['-h', '1234:1234', join(source, 'link')]);
        chmodSync(join(source, 'theirs'), 0o6755);
      });
      const outcome = await restoreByProcess(['setpriv', '--bounding-set', '-chown']);
      const without = `was restored without its owner 1234:1234: ${NOT_PERMITTED}`;
      const named = Object.fromEntries(outcome.skipped.map(({ path, reason }) => [path, reason]));
      expect(named).toEqual({
        theirs: `${without}; without setuid and setgid: they are only set together with the owner`,
        large: without,
        folder: without,
        link: without,
      });
      expect(outcome).toMatchObject({ entries: 6, refusedCount: 0 });
      expect(lstatSync(join(target, 'theirs')).mode & 0o7777).toBe(0o755);
      expect(read('large')).toBe(LARGE);
    },
  );

  testAsRoot('folders that another user may not write to (0555) keep what they have', async () => {
    await backUp({ 'closed/a': 'new', 'open/b': 'new' });
    put(target, { 'closed/a': 'old', 'open/b': 'old' });
    for (const path of ['', 'closed', 'closed/a', 'open', 'open/b'])
      chownSync(join(target, path), NOBODY, NOBODY);
    chmodSync(join(target, 'closed'), 0o555);
    const outcome = await restoreByProcess([], { uid: NOBODY, gid: NOBODY });
    expect(outcome.skipped).toEqual([
      { path: 'closed/a', reason: 'could not be restored: permission denied (EACCES)' },
    ]);
    expect([read('closed/a'), read('open/b')]).toEqual(['old', 'new']);
  });

  (canMount ? test : test.skip)(
    'a mount that is read-only keeps what it has, and costs nothing beside',
    async () => {
      await backUp({ 'in/a': 'new', b: 'new', 'in/large': LARGE });
      put(target, { 'in/old': 'old' });
      mkdirSync(join(target, 'in'), { recursive: true });
      undo.push(mounted('tmpfs', join(target, 'in'), ['-t', 'tmpfs']));
      put(target, { 'in/a': 'old' });
      execFileSync('mount', ['-o', 'remount,ro', join(target, 'in')]);
      const outcome = await restore();
      const readOnly = 'could not be restored: its file system is mounted read-only (EROFS)';
      expect(outcome.skipped.filter(({ path }) => path !== 'in')).toEqual(
        expect.arrayContaining([
          { path: 'in/a', reason: readOnly },
          { path: 'in/large', reason: readOnly },
        ]),
      );
      expect([read('in/a'), read('b')]).toEqual(['old', 'new']);
    },
  );

  (canMount ? test : test.skip)('a full disk is a failure of all, and says at which file', async () => {
    await backUp({ a: 'a', b: LARGE, c: 'x'.repeat(60_000) });
    undo.push(mounted('tmpfs', target, ['-t', 'tmpfs', '-o', 'size=48k']));
    await expect(restore()).rejects.toMatchObject({
      code: 'ENOSPC',
      // Threads write at the same time, so the error names whichever file runs out of space first.
      message: expect.stringMatching(/ENOSPC.*; it was about "[abc]"/),
    });
    expect(leftovers(target)).toEqual([]);
  });
});

describe('mounts below a target [B7]:', () => {
  const testMounted = canMount ? test : test.skip;
  const files = { 'in/a': 'new', 'in/large': LARGE, top: 'new' };

  testMounted('a folder of the same file system, mounted there', async () => {
    await backUp(files);
    mkdirSync(join(place, 'elsewhere'));
    mkdirSync(join(target, 'in'));
    undo.push(mounted(join(place, 'elsewhere'), join(target, 'in'), ['--bind']));
    expect(await restore()).toMatchObject({ skippedCount: 0, entries: 5 });
    expect([read('in/a'), read('in/large'), read('top')]).toEqual(['new', LARGE, 'new']);
    expect(readdirSync(join(place, 'elsewhere')).sort()).toEqual(['a', 'large']);
    expect(leftovers(target)).toEqual([]);
  });

  testMounted('a mount whose name has blanks and backslashes', async () => {
    const odd = 'a b\\c\n';
    await backUp({ [`${odd}/a`]: 'new' });
    mkdirSync(join(place, 'elsewhere'));
    mkdirSync(join(target, odd));
    undo.push(mounted(join(place, 'elsewhere'), join(target, odd), ['--bind']));
    expect(await restore()).toMatchObject({ skippedCount: 0 });
    expect(read(`${odd}/a`)).toBe('new');
  });

  testMounted('a hard link across it becomes a copy, and is named', async () => {
    await backUp({ top: 'new', 'in/x': 'new' }, (source) => {
      linkSync(join(source, 'in/x'), join(source, 'other'));
      chmodSync(join(source, 'in/x'), 0o640);
      chownSync(join(source, 'in/x'), 1234, 4321);
    });
    mkdirSync(join(target, 'in'));
    undo.push(mounted('tmpfs', join(target, 'in'), ['-t', 'tmpfs']));
    const outcome = await restore();
    expect(outcome.skipped).toEqual([
      {
        path: 'other',
        reason:
          'is a copy of "in/x" instead of a hard link to it: another file system is mounted in its place (EXDEV)',
      },
    ]);
    expect(outcome).toMatchObject({ entries: 5, refusedCount: 0 });
    expect(read('other')).toBe('new');
    const { mode, uid, gid, mtimeMs } = lstatSync(join(target, 'other'));
    const source = lstatSync(join(place, 'source/other'));
    expect({ mode, uid, gid }).toEqual({ mode: source.mode, uid: source.uid, gid: source.gid });
    expect(Math.abs(mtimeMs - source.mtimeMs)).toBeLessThan(0.001);
  });

  testMounted('the copy of a sparse file is sparse', async () => {
    await backUp({ 'in/y': '' }, (source) => {
      execFileSync('truncate', ['-s', '4M', join(source, 'in/x')]);
      linkSync(join(source, 'in/x'), join(source, 'other'));
    });
    mkdirSync(join(target, 'in'));
    undo.push(mounted('tmpfs', join(target, 'in'), ['-t', 'tmpfs']));
    await restore();
    const { size, blocks } = lstatSync(join(target, 'other'));
    expect([size, blocks]).toEqual([4 * 1024 * 1024, 0]);
  });

  testMounted('a large file is gathered where it goes, and needs no room elsewhere', async () => {
    await backUp({ 'in/large': 'large '.repeat(400_000), top: 'new' });
    undo.push(mounted('tmpfs', target, ['-t', 'tmpfs', '-o', 'size=1M']));
    mkdirSync(join(target, 'in'));
    undo.push(mounted('tmpfs', join(target, 'in'), ['-t', 'tmpfs']));
    expect(await restore()).toMatchObject({ skippedCount: 0, entries: 4 });
    expect(read('in/large')).toHaveLength(2_400_000);
  });

  testMounted('a file that something is mounted on stays, and is named', async () => {
    await backUp({ a: 'new', b: 'new' });
    put(target, { a: 'old' });
    put(place, { mounted: 'mounted' });
    undo.push(mounted(join(place, 'mounted'), join(target, 'a'), ['--bind']));
    const outcome = await restore();
    expect(outcome.skipped).toEqual([
      { path: 'a', reason: expect.stringMatching(/^could not be restored: .*\((EBUSY|EXDEV)\)$/) },
    ]);
    expect([read('a'), read('b')]).toEqual(['mounted', 'new']);
  });
});

describe('--existing skip and hard links [B7]:', () => {
  const links = (source: string): void => {
    for (const name of ['b', 'c', 'folder/d']) linkSync(join(source, 'a'), join(source, name));
  };

  testWithStockTools.each([
    ['a small file', 'new'],
    ['one in several segments', LARGE],
  ])('links to %s that is kept come back with what the backup has, as one file', async (_, content) => {
    await backUp({ a: content, 'folder/x': 'x' }, links);
    put(target, { a: 'mine' });
    const outcome = await restore('skip');
    // The count includes b, c, folder, d, x and the root.
    expect(outcome).toMatchObject({ entries: 6, skippedCount: 0, bytes: content.length + 1 });
    expect(read('a')).toBe('mine');
    for (const name of ['b', 'c', 'folder/d']) expect(read(name)).toBe(content);
    const inode = (path: string): number => lstatSync(join(target, path)).ino;
    expect(inode('c')).toBe(inode('b'));
    expect(inode('folder/d')).toBe(inode('b'));
    expect(inode('b')).not.toBe(inode('a'));
    expect(readFileSync(join(extractByHand(made, 'files', place), 'b'), 'utf8')).toBe(content);
  });

  test('links that are there are kept, and the next one carries the content', async () => {
    await backUp({ a: 'new', 'folder/x': 'x' }, links);
    put(target, { a: 'mine', b: 'mine, too' });
    await restore('skip');
    expect([read('a'), read('b'), read('c'), read('folder/d')]).toEqual(['mine', 'mine, too', 'new', 'new']);
  });

  test('when all are there, nothing is made', async () => {
    await backUp({ a: 'new', 'folder/x': 'x' }, links);
    put(target, { a: '1', b: '2', c: '3', 'folder/d': '4', 'folder/x': '5' });
    expect(await restore('skip')).toMatchObject({ bytes: 0, skippedCount: 0 });
    expect(['a', 'b', 'c', 'folder/d', 'folder/x'].map(read)).toEqual(['1', '2', '3', '4', '5']);
  });
});
