import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { extractTar } from '../../lib/archive/extract/extract-tar.ts';
import { openPacked } from '../../lib/archive/reader/contents-pages.ts';
import { SegmentPool } from '../../lib/archive/threads/segment-pool.ts';
import { verifyArchive } from '../../lib/archive/verify/verify.ts';
import { type EngineArchive, makeEngineArchive } from './samples/engine-archive.ts';
import { describeTree, scratchFolder, treeComponent } from './samples/tree-fixtures.ts';

const SEGMENT = 65_536;
const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());
const isRoot = process.geteuid?.() === 0;

const extract = ({ archive, identity }: EngineArchive, target: string) =>
  extractTar({ archive, identity, component: 'files', pool, target, existing: 'refuse', restoreId: 'r-1' });

/** Captures the tree and extracts it elsewhere; both trees must be equal to the microsecond. */
const expectRoundTrip = async (root: string): Promise<EngineArchive> => {
  const made = await makeEngineArchive({ files: treeComponent(pool, root) }, SEGMENT);
  using target = scratchFolder();
  const outcome = await extract(made, join(target.path, 'restored'));
  expect(describeTree(join(target.path, 'restored'))).toEqual(describeTree(root));
  expect(outcome.skippedCount).toBe(0);
  expect(outcome.entries).toBe(made.outcomes.files?.entries);
  await expect(verifyArchive(made.archive, { identity: made.identity, pool })).resolves.toMatchObject({
    bytesVerified: made.archive.archiveBytes,
  });
  return made;
};

describe('a tree captured and extracted is the same tree', () => {
  test('with files of every awkward size, up to several segments', async () => {
    using source = scratchFolder();
    for (const size of [
      0,
      1,
      511,
      512,
      513,
      SEGMENT - 1,
      SEGMENT,
      SEGMENT + 1,
      3 * SEGMENT + 7,
      400_000,
      40 * SEGMENT,
    ]) {
      writeFileSync(join(source.path, `of-${size}`), randomBytes(size));
    }
    await expectRoundTrip(source.path);
  });

  test('with files whose content ends just where a segment does', async () => {
    using source = scratchFolder();
    // Sizes around the exact fit: the segment's blocks minus its end blocks and the headers of the root and
    // the file.
    for (let blocks = 112; blocks <= 126; blocks += 1) {
      mkdirSync(join(source.path, `d${blocks}`));
      writeFileSync(join(source.path, `d${blocks}`, 'file'), randomBytes(blocks * 512));
    }
    await expectRoundTrip(source.path);
  });

  test('with links of all kinds, modes, times and empty folders', async () => {
    using source = scratchFolder();
    const at = (name: string): string => join(source.path, name);
    mkdirSync(at('empty'));
    mkdirSync(at('closed'), 0o500);
    writeFileSync(at('a-first'), randomBytes(100_000));
    writeFileSync(at('script'), 'x', { mode: 0o755 });
    mkdirSync(at('z'));
    linkSync(at('a-first'), at('z/later'));
    linkSync(at('a-first'), at('b-second'));
    symlinkSync('../nowhere', at('dangling'));
    symlinkSync('/etc/hostname', at('absolute'));
    symlinkSync('empty', at('to-folder'));
    lutimesSync(at('dangling'), 1, 1_234_567_890.25);
    chmodSync(at('script'), 0o4755);
    chmodSync(at('empty'), 0o1777);
    utimesSync(at('script'), 1, '-1.5');
    utimesSync(at('empty'), 1, 1_763_633_893.123456);
    await expectRoundTrip(source.path);
  });

  test('with names in any bytes, and paths of 4,000', async () => {
    using source = scratchFolder();
    const inRoot = (name: Buffer): Buffer => Buffer.concat([Buffer.from(`${source.path}/`), name]);
    for (let byte = 1; byte < 256; byte += 1) {
      if (byte !== 0x2e && byte !== 0x2f) writeFileSync(inRoot(Buffer.from([byte])), String(byte));
    }
    writeFileSync(inRoot(Buffer.alloc(255, 0xfe)), 'not UTF-8 and too long for ustar');
    writeFileSync(join(source.path, `${'ü'.repeat(120)}.txt`), 'UTF-8 and too long for ustar');
    symlinkSync(Buffer.alloc(300, 0xff), inRoot(Buffer.from('link')));
    let deep = source.path;
    while (deep.length < 3_900) deep = join(deep, 'a-rather-long-name-for-a-folder-in-a-deep-tree');
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'bottom'), 'here');
    await expectRoundTrip(source.path);
  });

  (isRoot ? test : test.skip)('with owners, when run as root', async () => {
    using source = scratchFolder();
    const file = join(source.path, 'file');
    writeFileSync(file, 'x');
    chownSync(file, 12_345, 54_321);
    chownSync(source.path, 3_000_000, 4_000_000);
    chmodSync(file, 0o6711);
    await expectRoundTrip(source.path);
  });

  test('with holes, which stay holes', async () => {
    using source = scratchFolder();
    using target = scratchFolder();
    const file = join(source.path, 'sparse');
    writeFileSync(file, 'begins');
    truncateSync(file, 8_000_000);
    const made = await makeEngineArchive({ files: treeComponent(pool, source.path) }, 1024 * 1024);
    await extract(made, target.path);
    const restored = join(target.path, 'sparse');
    expect(readFileSync(restored).equals(readFileSync(file))).toBe(true);
    expect(statSync(restored).blocks * 512).toBeLessThan(1_000_000);
  });

  test('with holes, which take no more room than before, wherever segments end', async () => {
    using source = scratchFolder();
    using target = scratchFolder();
    const file = join(source.path, 'sparse');
    writeFileSync(file, '');
    truncateSync(file, 6_000_000);
    const descriptor = openSync(file, 'r+');
    for (let at = 12_345; at < 6_000_000; at += 1_234_567) writeSync(descriptor, 'x', at);
    closeSync(descriptor);
    for (const segment of [65_536, 1024 * 1024, 16 * 1024 * 1024]) {
      const made = await makeEngineArchive({ files: treeComponent(pool, source.path) }, segment);
      const to = join(target.path, String(segment));
      await extract(made, to);
      const restored = join(to, 'sparse');
      expect(readFileSync(restored).equals(readFileSync(file))).toBe(true);
      expect([segment, statSync(restored).blocks]).toEqual([segment, statSync(file).blocks]);
    }
  });

  test('whatever the tree (random trees)', async () => {
    const seed = Number(process.env.SEED ?? Math.trunc(Math.random() * 2 ** 31));
    console.log(`round-trip: SEED=${seed}`);
    const name = fc.stringMatching(/^[a-zß ]{1,8}$/);
    const node = fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 4 }),
      size: fc.oneof(fc.nat(2_000), fc.nat(200_000)),
      mode: fc.constantFrom(0o600, 0o644, 0o755, 0o444),
      seconds: fc.integer({ min: 0, max: 4_000_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(node, { maxLength: 30 }), async (nodes) => {
        using source = scratchFolder();
        for (const { path, size, mode, seconds } of nodes) {
          const file = join(source.path, ...path);
          try {
            mkdirSync(join(file, '..'), { recursive: true });
            writeFileSync(file, randomBytes(size), { mode, flag: 'wx' });
            utimesSync(file, seconds, seconds);
          } catch {
            // The tree is impossible when a file and a folder share a name, or a name occurs twice.
          }
        }
        await expectRoundTrip(source.path);
      }),
      { seed, numRuns: 25 },
    );
  }, 60_000);
});

test('GNU tar extracts the joined segments to the same tree', async () => {
  using source = scratchFolder();
  using target = scratchFolder();
  const at = (name: string): string => join(source.path, name);
  mkdirSync(at('d/e'), { recursive: true });
  writeFileSync(at('big'), randomBytes(300_000));
  linkSync(at('big'), at('d/linked'));
  symlinkSync('big', at('d/e/symlink'));
  writeFileSync(Buffer.concat([Buffer.from(`${source.path}/`), Buffer.alloc(200, 0xfe)]), 'bytes');
  writeFileSync(at('ü'.repeat(100)), 'text');
  const { archive, identity } = await makeEngineArchive({ files: treeComponent(pool, source.path) }, SEGMENT);
  const plain = await Promise.all(
    archive
      .segments('files')
      .map(({ name, plainBytes = 0 }) => openPacked(archive, name, plainBytes, identity)),
  );
  execFileSync('tar', ['-x', '-f', '-', '-C', target.path, '-p'], {
    input: Buffer.concat(plain),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  expect(describeTree(target.path)).toEqual(describeTree(source.path));
});
