import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { iterateContents } from '../../../lib/archive/reader/contents-pages.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { extractByHand, testWithStockTools } from '../recover/stock-tools.ts';
import { makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder, treeComponent } from '../samples/tree-fixtures.ts';

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

const setTime = (path: string, time: string): void => {
  execFileSync('touch', ['-h', '-d', time, path]);
};
const timeOf = (path: string): string =>
  execFileSync('stat', ['-c', '%.9Y', path], { encoding: 'utf8' }).trim();

const captured = async (root: string) => {
  const made = await makeEngineArchive({ files: treeComponent(pool, root) });
  const skipped = made.sinks.files?.groups.flatMap((group) => group.skipped) ?? [];
  const times: Record<string, string | undefined> = {};
  for await (const { path, mtime } of iterateContents(made.archive, made.identity)) times[path] = mtime;
  return { made, skipped, times };
};

/** Makes a file, a file of several segments, a folder and a link, all with this time. */
const makeTree = (root: string, time: string): void => {
  writeFileSync(join(root, 'file'), 'x');
  writeFileSync(join(root, 'large'), Buffer.alloc(200_000, 'x'));
  mkdirSync(join(root, 'folder'));
  symlinkSync('file', join(root, 'link'));
  for (const name of NAMES) setTime(join(root, name), time);
};
const NAMES = ['file', 'large', 'folder', 'link'];

testWithStockTools.each([
  ['1965-03-04 05:06:07.123456789 UTC', '1965-03-04T05:06:07.123456789Z'],
  ['1969-12-31 23:59:59.999999999 UTC', '1969-12-31T23:59:59.999999999Z'],
  ['1970-01-01 00:00:00 UTC', '1970-01-01T00:00:00.000000000Z'],
  ['2400-02-29 12:00:00.5 UTC', '2400-02-29T12:00:00.500000000Z'],
])('a time of %s is in the archive to the nanosecond, and is no change', async (time, told) => {
  using source = scratchFolder();
  using other = scratchFolder();
  makeTree(source.path, time);
  const { made, skipped, times } = await captured(source.path);
  expect(skipped).toEqual([]);
  const restored = extractByHand(made, 'files', other.path);
  for (const name of NAMES) {
    expect(times[name]).toBe(told);
    expect(timeOf(join(restored, name))).toBe(timeOf(join(source.path, name)));
  }
});

/** tmpfs can store any time; common disk file systems end in 2446 or 2486. */
const memory = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/holdfast-times-') : undefined;
afterAll(() => {
  if (memory !== undefined) rmSync(memory, { recursive: true });
});
(memory === undefined ? test.skip : testWithStockTools).each([
  ['@99999999999999', '+275760-09-13T00:00:00.000000000Z'],
  ['@-99999999999999', '-271821-04-20T00:00:00.000000000Z'],
])('a time that no date can say, %s, is the nearest one, and no change', async (time, told) => {
  using other = scratchFolder();
  const root = mkdtempSync(join(memory ?? '', 'tree-'));
  makeTree(root, time);
  const { made, skipped, times } = await captured(root);
  expect(skipped).toEqual([]);
  for (const name of NAMES) expect(times[name]).toBe(told);
  const restored = extractByHand(made, 'files', other.path);
  for (const name of NAMES) expect(existsSync(join(restored, name)) || name === 'link').toBe(true);
});
