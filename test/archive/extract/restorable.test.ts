/**
 * The plan refuses by name what a file system cannot hold; a restore brings back everything else, up to the
 * maximum path length.
 */
import { lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { cleanUpExtraction, stagingName } from '../../../lib/archive/destination/staging.ts';
import { extractTar, planExtractTar } from '../../../lib/archive/extract/extract-tar.ts';
import type { ExtractionPlan } from '../../../lib/archive/extract/plan/extraction.ts';
import { bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { openArchive } from '../../../lib/archive/reader/open.ts';
import type { TarEntry } from '../../../lib/archive/tar/tar-entry.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { testSeed } from '../../random-pieces.ts';
import { craftArchive, craftTree } from '../crafted/crafted-archive.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';

const seed = testSeed();
console.log(`restorable: SEED=${seed}`);
jest.setTimeout(120_000);

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

type Entry = Partial<TarEntry> & { readonly path: string };
const optionsFor = async (entries: readonly Entry[], target: string) => {
  const { bytes, identity } = await craftArchive(craftTree(entries));
  const archive = await openArchive(bytesSource(bytes), { trust: () => true });
  return {
    archive,
    identity,
    component: 'files',
    pool,
    target,
    existing: 'overwrite' as const,
    restoreId: 'r-1',
  };
};
const planFor = async (entries: readonly Entry[], target: string): Promise<ExtractionPlan> =>
  planExtractTar(await optionsFor(entries, target));

/** The entries of all folders on a path, and the entry `last` in the innermost one. */
const below = (folders: readonly string[], last: Entry): Entry[] => [
  ...folders.map((_, index): Entry => ({ path: folders.slice(0, index + 1).join('/'), type: 'directory' })),
  last,
];
/** Nested folders with short names, deep enough that a path has about this many bytes. */
const deep = (bytes: number): string[] => Array.from({ length: Math.floor(bytes / 2) }, () => 'd');

describe('refused by name, before anything is touched [B7] [B8]:', () => {
  test.each<[string, readonly Entry[], RegExp]>([
    ['a name of 256 bytes', [{ path: 'n'.repeat(256) }], /has 256 bytes.*at most 255/],
    [
      'a name of 256 bytes in few characters',
      [{ path: Buffer.from(`${'€'.repeat(85)}x`).toString('latin1') }],
      /has 256 bytes/,
    ],
    ['a name of 60,000 bytes', [{ path: `folder/${'n'.repeat(60_000)}` }], /has 60000 bytes/],
    [
      'a path of 5,000 bytes',
      [{ path: `${'d/'.repeat(2_499)}ff` }],
      /would have \d{4} bytes.*at most 4095.*shorter path/,
    ],
    ['32,000 levels', [{ path: `${'d/'.repeat(32_000)}f` }], /would have \d{5} bytes/],
    [
      'a link to more than a path',
      [{ path: 'l', type: 'symlink', link: 'x'.repeat(4_096) }],
      /link to a path of 4096 bytes/,
    ],
    ['a user id of 32 bits and one', [{ path: 'f', uid: 2 ** 32 - 1 }], /4294967295:0.*is 4294967294/],
    ['a group id beyond 32 bits', [{ path: 'f', gid: 2 ** 40 }], /0:1099511627776/],
    ['the owner of a folder', [{ path: 'd', type: 'directory', uid: 2 ** 53 - 1 }], /9007199254740991:0/],
  ])('%s', async (_, entries, reason) => {
    using folder = scratchFolder();
    const target = join(folder.path, 'target');
    const sound = { path: '0', type: 'file' as const };
    const all = [sound, ...entries];
    const plan = await planFor(all, target);
    expect(plan.counts).toEqual({ create: 1, overwrite: 0, skip: 0, refuse: 1 });
    expect(plan.entries[0]).toMatchObject({ action: 'refuse', reason: expect.stringMatching(reason) });
    // The plan shows the name; of a long name it shows both ends.
    const shown = plan.entries[0]?.path ?? '';
    expect(shown.length).toBeLessThanOrEqual(1_024);
    const name = Buffer.from(entries[0]?.path ?? '', 'latin1').toString();
    expect(name.startsWith(shown.slice(0, 600))).toBe(true);
    expect(name.endsWith(shown.slice(-300))).toBe(true);
    await expect(extractTar(await optionsFor(all, target))).rejects.toMatchObject({ name: 'TargetConflict' });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('what fits a short target and not this one', async () => {
    using folder = scratchFolder();
    const target = join(folder.path, ...Array.from({ length: 8 }, () => 't'.repeat(250)));
    const entries = below(deep(2_500), { path: `${deep(2_500).join('/')}/file` });
    const plan = await planFor(entries, target);
    expect(plan.counts.refuse).toBeGreaterThan(0);
    expect(plan.counts.create).toBeGreaterThan(500);
    expect((await planFor(entries, join(folder.path, 'short'))).counts.refuse).toBe(0);
  });
});

describe('restored:', () => {
  test('a path of 4,095 bytes in its target, a name of 255, a long link, and the largest id', async () => {
    using folder = scratchFolder();
    const target = join(folder.path, 'target');
    const room = 4_095 - Buffer.byteLength(target) - 1;
    const folders = deep(room - 250);
    const last = `${folders.join('/')}/`;
    const entries = [
      // Some file systems accept no longer link, although a path may have four times as many bytes.
      { path: 'l', type: 'symlink' as const, link: 'x'.repeat(1_023) },
      { path: 'n'.repeat(255), uid: 2 ** 32 - 2, gid: 2 ** 32 - 2 },
    ];
    const all = [...below(folders, { path: last + 'f'.repeat(room - last.length) }), ...entries];
    const options = await optionsFor(all, target);
    const { counts } = await planExtractTar(options);
    expect(counts).toEqual({ create: all.length, overwrite: 0, skip: 0, refuse: 0 });
    const { entries: made, skippedCount } = await extractTar(options);
    expect([made, skippedCount]).toEqual([all.length, 0]);
    expect(lstatSync(join(target, last, 'f'.repeat(room - last.length))).isFile()).toBe(true);
    expect(lstatSync(join(target, 'n'.repeat(255))).isFile()).toBe(true);
    expect(readdirSync(target).sort()).toEqual(['d', 'l', 'n'.repeat(255)]);
    // Restores over the result again; a target with content uses the other code path.
    expect((await extractTar(options)).entries).toBe(all.length);
  });

  test('whatever was planned without a refusal, for names and targets of any length', async () => {
    const part = fc.integer({ min: 1, max: 255 }).map((length) => 'p'.repeat(length));
    const path = fc.array(part, { minLength: 1, maxLength: 24, size: 'max' });
    const targets = fc.array(part, { maxLength: 16, size: 'max' });
    const seen = { restored: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(path, targets, fc.boolean(), async (parts, above, isThere) => {
        using folder = scratchFolder();
        const target = join(folder.path, ...above, 'target');
        fc.pre(target.length < 4_000);
        if (isThere) {
          mkdirSync(target, { recursive: true });
          writeFileSync(join(target, 'other'), '');
        }
        const entries = below(parts.slice(0, -1), { path: parts.join('/') });
        const options = await optionsFor(entries, target);
        const plan = await planExtractTar(options).catch((error: unknown) => error);
        if (plan instanceof Error) {
          expect(plan.message).toContain('the path of the target is too long');
          await expect(extractTar(options)).rejects.toThrow('the path of the target is too long');
        } else if (Object(plan).counts.refuse === 0) {
          seen.restored += 1;
          expect((await extractTar(options)).entries).toBe(entries.length);
        } else {
          seen.refused += 1;
          await expect(extractTar(options)).rejects.toMatchObject({ name: 'TargetConflict' });
        }
      }),
      // About one in ten is refused, so among 160 runs more than two are refused almost certainly.
      { seed, numRuns: 160 },
    );
    expect(seen.restored).toBeGreaterThan(10);
    expect(seen.refused).toBeGreaterThan(2);
  });

  test.each([
    ['an empty target', false],
    ['one in which something is', true],
  ])('up to the last byte of a path, %s that leaves no room for a staging folder', async (_, isThere) => {
    using folder = scratchFolder();
    const long = Array.from({ length: 15 }, () => 't'.repeat(250));
    for (let at = 1; at <= long.length; at += 1) mkdirSync(join(folder.path, ...long.slice(0, at)));
    symlinkSync(join(folder.path, ...long), join(folder.path, 'short'));
    const target = join(folder.path, 'short', 't'.repeat(100));
    mkdirSync(target);
    if (isThere) writeFileSync(join(target, 'other'), '', { mode: 0o600 });
    const room = 4_095 - realpathSync(target).length - 1;
    const name = `d/${'f'.repeat(room - 2)}`;
    const entries = [
      { path: '.', type: 'directory' as const, mode: 0o750, uid: 7 },
      { path: 'd', type: 'directory' as const, mode: 0o555 },
      { path: name, mode: 0o604 },
      { path: 'link', type: 'symlink' as const, link: 'nowhere' },
      { path: 'same', type: 'hardlink' as const, link: name },
    ];
    const options = await optionsFor(entries, target);
    const { counts } = await planExtractTar(options);
    expect(counts.refuse).toBe(0);
    expect(await extractTar(options)).toMatchObject({ entries: 5, skippedCount: 0 });
    const modeOf = (path: string): number => lstatSync(join(target, path)).mode & 0o7777;
    expect([modeOf('.'), modeOf('d'), modeOf(name)]).toEqual([0o750, 0o555, 0o604]);
    expect(lstatSync(join(target, 'same')).ino).toBe(lstatSync(join(target, name)).ino);
    expect(readdirSync(target).sort()).toEqual(['d', 'link', ...(isThere ? ['other'] : []), 'same']);
    // Simulates a killed restore: the next restore removes what it left, even where the path of a leftover is
    // too long.
    mkdirSync(join(target, stagingName('r-1')));
    writeFileSync(join(target, stagingName('r-1'), 'x'.repeat(40)), '');
    await cleanUpExtraction(target, 'r-1');
    expect(readdirSync(target)).not.toContain(stagingName('r-1'));
  });

  test('times at both ends of what contents can say', async () => {
    using folder = scratchFolder();
    const times = [-8_640_000_000_000, -1, 0, 2 ** 33, 8_640_000_000_000];
    const options = await optionsFor(
      times.map((mtimeSeconds, index) => ({ path: `f${index}`, mtimeSeconds })),
      join(folder.path, 'target'),
    );
    expect((await planExtractTar(options)).counts.refuse).toBe(0);
    expect((await extractTar(options)).entries).toBe(times.length);
  });
});
