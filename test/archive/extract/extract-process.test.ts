import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { cleanUpExtraction } from '../../../lib/archive/destination/staging.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder, treeComponent } from '../samples/tree-fixtures.ts';
import { canMount, mounted } from './mounts.ts';

const program = fileURLToPath(new URL('./extract-program.ts', import.meta.url));
const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

let place = '';
let folder: Disposable | undefined;
afterEach(() => folder?.[Symbol.dispose]());
beforeEach(() => {
  const scratch = scratchFolder();
  folder = scratch;
  place = scratch.path;
});

/** Backs up `source` into a file, and extracts it to `target` in a separate process. */
const extractByProcess = async (
  as: { readonly uid?: number; readonly gid?: number },
  ...more: readonly string[]
): Promise<ReturnType<typeof spawnSync>> => {
  const { archive, identity } = await makeEngineArchive({
    files: treeComponent(pool, join(place, 'source')),
  });
  const path = join(place, 'archive');
  writeFileSync(path, await archive.source.read(0, archive.archiveBytes));
  const args = [program, path, identity, join(place, 'target'), 'r-1', ...more];
  return spawnSync(process.execPath, args, { ...as, cwd: place, encoding: 'utf8' });
};

(isRoot ? test : test.skip)('who is not root restores files as his own, without setuid', async () => {
  const source = join(place, 'source');
  const target = join(place, 'target');
  mkdirSync(source);
  mkdirSync(target);
  writeFileSync(join(source, 'file'), 'content');
  chownSync(join(source, 'file'), 1234, 1234);
  chmodSync(join(source, 'file'), 0o4755);
  chmodSync(place, 0o755);
  chownSync(target, NOBODY, NOBODY);
  const run = await extractByProcess({ uid: NOBODY, gid: NOBODY });
  expect(run.stderr).toBe('');
  const { uid, gid, mode } = lstatSync(join(target, 'file'));
  expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: NOBODY, gid: NOBODY, mode: 0o755 });
});

(isRoot ? test : test.skip)('who is root restores groups, into a folder with setgid, too', async () => {
  const source = join(place, 'source');
  const target = join(place, 'target');
  mkdirSync(join(source, 'folder'), { recursive: true });
  mkdirSync(target);
  writeFileSync(join(source, 'folder', 'file'), 'content');
  symlinkSync('file', join(source, 'folder', 'link'));
  chownSync(target, 0, 1234);
  chmodSync(target, 0o2775);
  const run = await extractByProcess({});
  expect(run.stderr).toBe('');
  for (const name of ['folder', 'folder/file', 'folder/link'])
    expect([name, lstatSync(join(target, name)).gid]).toEqual([name, lstatSync(join(source, name)).gid]);
});

test('what a restore that was killed left half done is cleaned up, and what was whole stays', async () => {
  const source = join(place, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'a small one'), 'content');
  // Longer than a segment, so its pieces are collected in the staging folder.
  writeFileSync(join(source, 'b large one'), Buffer.alloc(300_000, 'x'));
  const run = await extractByProcess({}, '1');
  expect(run.signal).toBe('SIGKILL');
  const target = join(place, 'target');
  expect(readdirSync(target)).toContain('.holdfast-r-1');
  await cleanUpExtraction(target, 'r-1');
  await cleanUpExtraction(target, 'r-1');
  expect(readdirSync(target)).toEqual(['a small one']);
});

(canMount ? test : test.skip)('so is what it left on file systems that are mounted below', async () => {
  const source = join(place, 'source');
  const target = join(place, 'target');
  const odd = 'so\nodd';
  for (const folder of [join(source, odd), join(target, odd)]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(source, odd, 'a small one'), 'content');
  writeFileSync(join(source, odd, 'b large one'), Buffer.alloc(300_000, 'x'));
  const unmount = mounted('tmpfs', join(target, odd), ['-t', 'tmpfs']);
  try {
    const run = await extractByProcess({}, '1');
    expect(run.signal).toBe('SIGKILL');
    expect(readdirSync(join(target, odd))).toContain('.holdfast-r-1');
    await cleanUpExtraction(target, 'r-1');
    await cleanUpExtraction(target, 'r-1');
    expect(readdirSync(target)).toEqual([odd]);
    expect(readdirSync(join(target, odd))).toEqual(['a small one']);
  } finally {
    unmount();
  }
});

test('the list of such folders that a crash has cut off, or somebody has changed, leads nowhere else', async () => {
  const target = join(place, 'target');
  const elsewhere = join(place, 'elsewhere');
  for (const folder of [join(target, '.holdfast-r-1'), join(elsewhere, '.holdfast-r-1')])
    mkdirSync(folder, { recursive: true });
  symlinkSync(elsewhere, join(target, 'link'));
  const list = join(target, '.holdfast-r-1', 'mounts.json');
  writeFileSync(list, '["../elsewhere"]');
  await expect(cleanUpExtraction(target, 'r-1')).rejects.toThrow('would lead out of the target');
  writeFileSync(list, '["link", "gone"]');
  await cleanUpExtraction(target, 'r-1');
  expect(readdirSync(elsewhere)).toEqual(['.holdfast-r-1']);
  expect(readdirSync(target)).toEqual(['link']);
  mkdirSync(join(target, '.holdfast-r-1'));
  writeFileSync(list, '["da');
  await cleanUpExtraction(target, 'r-1');
  expect(readdirSync(target)).toEqual(['link']);
});

/**
 * Kills the process after this many files; returns the files that then exist under names of the archive, by
 * path.
 */
const killAfter = async (files: number): Promise<ReadonlyMap<string, Buffer>> => {
  const target = join(place, 'target');
  rmSync(target, { recursive: true, force: true });
  const run = await extractByProcess({}, String(files));
  expect(run.signal).toBe('SIGKILL');
  await cleanUpExtraction(target, 'r-1');
  const paths = readdirSync(target, { recursive: true, encoding: 'utf8' });
  const found = paths.filter((path) => lstatSync(join(target, path)).isFile());
  return new Map(found.map((path) => [path, readFileSync(join(target, path))]));
};

const makeFiles = (folder: string): ReadonlyMap<string, Buffer> => {
  const source = join(place, 'source');
  mkdirSync(join(source, folder), { recursive: true });
  const contents = new Map<string, Buffer>();
  for (let n = 0; n < 600; n += 1) {
    const path = join(folder, `file ${n}`);
    const content = Buffer.alloc(1 + ((n * 7919) % 60_000), `${n} `);
    contents.set(path, content);
    writeFileSync(join(source, path), content);
  }
  return contents;
};

test('whenever a restore is killed, what stands under its name is whole', async () => {
  const contents = makeFiles('.');
  for (let files = 60; files <= 300; files += 60) {
    const found = await killAfter(files);
    expect(found.size).toBeGreaterThanOrEqual(files);
    const torn = [...found].filter(([path, content]) => contents.get(path)?.equals(content) !== true);
    expect(torn).toEqual([]);
  }
}, 60_000);

test('whenever a restore into an empty folder is killed, the folders in it are there as a whole or not at all', async () => {
  makeFiles('folder');
  for (let files = 60; files <= 300; files += 120) expect([...(await killAfter(files)).keys()]).toEqual([]);
}, 60_000);
