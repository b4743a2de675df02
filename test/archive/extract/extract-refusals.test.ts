import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Existing } from '../../../lib/archive/destination/existing.ts';
import { extractTar, planExtractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { SegmentPool, ThreadLost } from '../../../lib/archive/threads/segment-pool.ts';
import { type HandMadeEntry, handMadeComponent } from '../crafted/hand-made-component.ts';
import { type EngineArchive, makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder, treeComponent } from '../samples/tree-fixtures.ts';

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

const folders: Disposable[] = [];
afterAll(() => {
  for (const folder of folders) folder[Symbol.dispose]();
});
let place = '';
let target = '';
beforeEach(() => {
  const folder = scratchFolder();
  folders.push(folder);
  place = folder.path;
  target = join(place, 'target');
  mkdirSync(target);
});

const options = ({ archive, identity }: EngineArchive, existing: Existing, select?: readonly string[]) => ({
  archive,
  identity,
  component: 'files',
  pool,
  target,
  existing,
  restoreId: 'r-1',
  ...(select === undefined ? {} : { select }),
});

const extractMade = async (
  entries: readonly HandMadeEntry[],
  listed: readonly HandMadeEntry[] = entries,
  existing: Existing = 'overwrite',
) => extractTar(options(await makeEngineArchive({ files: handMadeComponent(entries, listed) }), existing));

/** Fails unless the target is empty and nothing was created beside it. */
const expectUntouched = (): void => {
  expect(readdirSync(target)).toEqual([]);
  expect(readdirSync(place)).toEqual(['target']);
};

describe('an archive that would write outside the target is refused, and writes nothing', () => {
  const hostile: readonly (readonly [string, readonly HandMadeEntry[]])[] = [
    ['an absolute path', [{ path: '/tmp/holdfast-absolute', content: 'x' }]],
    ['a path with ..', [{ path: 'a/../../out', content: 'x' }]],
    ['a path that is ..', [{ path: '..', type: 'directory' }]],
    ['a path with an empty part', [{ path: 'a//b', content: 'x' }]],
    ['a hard link to outside', [{ path: 'a', type: 'hardlink', link: '../../etc/passwd' }]],
    ['a hard link to an absolute path', [{ path: 'a', type: 'hardlink', link: '/etc/passwd' }]],
    ['a hard link to what is not in the archive', [{ path: 'a', type: 'hardlink', link: 'b' }]],
    ['a character device', [{ path: 'a', flag: '3' }]],
    ['a block device', [{ path: 'a', flag: '4' }]],
    ['a named pipe', [{ path: 'a', flag: '6' }]],
    [
      'a name twice',
      [
        { path: 'a', content: '1' },
        { path: 'a', content: '2' },
      ],
    ],
  ];
  for (const [what, entries] of hostile) {
    test(what, async () => {
      await expect(extractMade(entries)).rejects.toMatchObject({ code: 'archive_entry_refused' });
      expectUntouched();
    });
  }

  test('an entry through a symlink of the archive', async () => {
    const entries: HandMadeEntry[] = [
      { path: 'link', type: 'symlink', link: '..' },
      { path: 'link/out', content: 'x' },
    ];
    await expect(extractMade(entries)).rejects.toThrow('link');
    expect(readdirSync(place)).toEqual(['target']);
  });

  test('an entry through a symlink that was in the target before', async () => {
    const outside = join(place, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(target, 'd'));
    await expect(extractMade([{ path: 'd/file', content: 'x' }])).rejects.toThrow(
      'd/file cannot be restored: the path above it is not a directory in the target',
    );
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(target)).toEqual(['d']);
  });

  test('entries that contents do not list, or list otherwise', async () => {
    const hidden = extractMade(
      [
        { path: 'a', content: 'x' },
        { path: 'hidden', content: 'x' },
      ],
      [{ path: 'a', content: 'x' }],
    );
    await expect(hidden).rejects.toMatchObject({ code: 'archive_damaged' });
    const other = extractMade([{ path: 'a', content: 'x' }], [{ path: 'b', content: 'x' }]);
    await expect(other).rejects.toMatchObject({ code: 'archive_damaged' });
    expectUntouched();
  });
});

test('what stands on the way to a folder that is not listed is told by the plan, and nothing is looked for behind it [B7]', async () => {
  const outside = join(place, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'x'), 'mine');
  symlinkSync(outside, join(target, 'link'));
  writeFileSync(join(target, 'file'), 'mine');
  mkdirSync(join(target, 'folder'));
  const entries = ['file/a/b', 'folder/new/c', 'link/a/b', 'link/x', 'new/a/b'].map((path) => ({
    path,
    content: 'x',
  }));
  const made = await makeEngineArchive({ files: handMadeComponent(entries) });
  const { counts, entries: planned } = await planExtractTar(options(made, 'overwrite'));
  expect(counts).toEqual({ create: 2, overwrite: 0, skip: 0, refuse: 3 });
  expect(planned.filter(({ action }) => action === 'refuse')).toEqual(
    ['file/a/b', 'link/a/b', 'link/x'].map((path) => ({
      path,
      action: 'refuse',
      reason: 'the path above it is not a directory in the target',
    })),
  );
  await expect(extractTar(options(made, 'overwrite'))).rejects.toThrow('cannot be restored');
  expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('mine');
  expect(readdirSync(target).sort()).toEqual(['file', 'folder', 'link']);
});

test('a symlink in the place of a file is replaced, not followed', async () => {
  const outside = join(place, 'outside');
  writeFileSync(outside, 'mine');
  symlinkSync(outside, join(target, 'file'));
  await extractMade([{ path: 'file', content: 'restored' }]);
  expect(readFileSync(outside, 'utf8')).toBe('mine');
  expect(lstatSync(join(target, 'file')).isFile()).toBe(true);
});

test('a file with another name outside the target keeps its content when it is overwritten', async () => {
  const outside = join(place, 'outside');
  writeFileSync(outside, 'mine');
  linkSync(outside, join(target, 'file'));
  await extractMade([{ path: 'file', content: 'restored' }]);
  expect(readFileSync(outside, 'utf8')).toBe('mine');
  expect(readFileSync(join(target, 'file'), 'utf8')).toBe('restored');
});

test('a member that is not what the manifest says gives no byte to the target', async () => {
  const made = await makeEngineArchive({ files: handMadeComponent([{ path: 'a', content: 'x' }]) });
  const [segment] = made.archive.segments('files');
  const { source } = made.archive;
  const damaged = {
    ...made.archive,
    source: {
      size: source.size,
      read: async (offset: number, length: number) => {
        const bytes = Buffer.from(await source.read(offset, length));
        const at = (segment?.offset ?? 0) + (segment?.size ?? 0) - 1 - offset;
        if (at >= 0 && at < length) bytes[at] = (bytes[at] ?? 0) ^ 1;
        return bytes;
      },
    },
  };
  await expect(extractTar(options({ ...made, archive: damaged }, 'overwrite'))).rejects.toMatchObject({
    code: 'archive_damaged',
  });
  expectUntouched();
});

test('a wrong key is told as such', async () => {
  const made = await makeEngineArchive({ files: handMadeComponent([{ path: 'a', content: 'x' }]) });
  const other = await makeEngineArchive({});
  await expect(extractTar(options({ ...made, identity: other.identity }, 'overwrite'))).rejects.toMatchObject(
    {
      code: 'wrong_key',
    },
  );
  expectUntouched();
});

describe('what is in the target already', () => {
  const entries: HandMadeEntry[] = [
    { path: '.', type: 'directory' },
    { path: 'd', type: 'directory' },
    { path: 'd/new', content: 'new' },
    { path: 'd/old', content: 'restored' },
    { path: 'd/to-old', type: 'hardlink', link: 'd/old' },
  ];
  const made = () => makeEngineArchive({ files: handMadeComponent(entries) });
  beforeEach(() => {
    mkdirSync(join(target, 'd'), { mode: 0o700 });
    writeFileSync(join(target, 'd', 'old'), 'mine');
    writeFileSync(join(target, 'd', 'other'), 'not in the archive');
  });

  test('is told by a dry run, which touches nothing [B7]', async () => {
    const archive = await made();
    expect((await planExtractTar(options(archive, 'overwrite'))).counts).toEqual({
      create: 2,
      overwrite: 3,
      skip: 0,
      refuse: 0,
    });
    expect((await planExtractTar(options(archive, 'skip'))).counts).toEqual({
      create: 2,
      overwrite: 0,
      skip: 3,
      refuse: 0,
    });
    const refusing = await planExtractTar(options(archive, 'refuse'));
    expect(refusing.counts).toEqual({ create: 2, overwrite: 0, skip: 2, refuse: 1 });
    expect(refusing.entries[0]).toEqual({ path: 'd/old', action: 'refuse', reason: 'it is there already' });
    expect(readdirSync(join(target, 'd'))).toEqual(['old', 'other']);
  });

  test("is overwritten when asked, and what is in nobody's way stays", async () => {
    await extractTar(options(await made(), 'overwrite'));
    expect(readFileSync(join(target, 'd/old'), 'utf8')).toBe('restored');
    expect(readFileSync(join(target, 'd/other'), 'utf8')).toBe('not in the archive');
    expect(lstatSync(join(target, 'd')).mode & 0o777).toBe(0o755);
  });

  test('is left when asked; a link to it in the archive brings the content of the archive [B7]', async () => {
    const { skipped } = await extractTar(options(await made(), 'skip'));
    expect(readFileSync(join(target, 'd/old'), 'utf8')).toBe('mine');
    expect(readFileSync(join(target, 'd/new'), 'utf8')).toBe('new');
    expect(lstatSync(join(target, 'd')).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(target, 'd/to-old'), 'utf8')).toBe('restored');
    expect(skipped).toEqual([]);
  });

  test('makes a restore fail before anything is touched, when asked', async () => {
    await expect(extractTar(options(await made(), 'refuse'))).rejects.toThrow('d/old cannot be restored');
    expect(existsSync(join(target, 'd/new'))).toBe(false);
  });

  test('is never removed when it is a folder in the place of a file', async () => {
    mkdirSync(join(target, 'd', 'new'));
    await expect(extractTar(options(await made(), 'overwrite'))).rejects.toThrow(
      'a restore never replaces directories',
    );
    expect(readFileSync(join(target, 'd/old'), 'utf8')).toBe('mine');
  });
});

test('some paths only: their segments are read, and links bring their content along', async () => {
  const source = join(place, 'source');
  mkdirSync(join(source, 'b', 'c'), { recursive: true });
  writeFileSync(join(source, 'a'), Buffer.alloc(200_000, 'a'));
  writeFileSync(join(source, 'b', 'c', 'file'), 'wanted');
  linkSync(join(source, 'a'), join(source, 'b', 'linked'));
  linkSync(join(source, 'a'), join(source, 'b', 'linked-too'));
  writeFileSync(join(source, 'z'), Buffer.alloc(300_000, 'z'));
  const made = await makeEngineArchive({ files: treeComponent(pool, source) });
  const read: number[] = [];
  const counted = {
    ...made.archive,
    source: {
      size: made.archive.source.size,
      read: (offset: number, length: number) => {
        read.push(offset);
        return made.archive.source.read(offset, length);
      },
    },
  };
  await extractTar(options({ ...made, archive: counted }, 'refuse', ['b/c']));
  expect(readdirSync(target)).toEqual(['b']);
  expect(readdirSync(join(target, 'b'))).toEqual(['c']);
  expect(readFileSync(join(target, 'b/c/file'), 'utf8')).toBe('wanted');
  // The extraction read the contents and one of ten segments.
  expect(read.length).toBe(2);

  await extractTar(options(made, 'overwrite', ['b']));
  expect(readdirSync(target)).toEqual(['b']);
  expect(readFileSync(join(target, 'b/linked-too')).equals(Buffer.alloc(200_000, 'a'))).toBe(true);
  expect(lstatSync(join(target, 'b/linked')).ino).toBe(lstatSync(join(target, 'b/linked-too')).ino);
});

test('a cancelled restore ends at once and leaves no half file', async () => {
  const source = join(place, 'source');
  mkdirSync(source);
  for (let i = 0; i < 200; i += 1) writeFileSync(join(source, `f${i}`), Buffer.alloc(30_000, i));
  const made = await makeEngineArchive({ files: treeComponent(pool, source) });
  const controller = new AbortController();
  const extraction = extractTar({
    ...options(made, 'refuse'),
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('cancelled by the test')),
  });
  await expect(extraction).rejects.toThrow('cancelled by the test');
  const left = readdirSync(target);
  expect(left.length).toBeLessThan(200);
  for (const name of left) expect(lstatSync(join(target, name)).size).toBe(30_000);
});

describe('a restore that fails halfway into an empty folder', () => {
  const madeOfMany = (): Promise<EngineArchive> => {
    const source = join(place, 'source');
    mkdirSync(join(source, 'folder'), { recursive: true });
    for (let i = 0; i < 200; i += 1) writeFileSync(join(source, 'folder', `f${i}`), Buffer.alloc(30_000, i));
    return makeEngineArchive({ files: treeComponent(pool, source) });
  };

  test('leaves what is whole', async () => {
    const made = await madeOfMany();
    const segments = made.archive.segments('files');
    const damaged = segments.at(-2);
    const source = {
      size: made.archive.source.size,
      read: async (offset: number, length: number) => {
        const bytes = await made.archive.source.read(offset, length);
        if (offset === damaged?.offset) bytes[length - 1] = (bytes[length - 1] ?? 0) ^ 1;
        return bytes;
      },
    };
    const extraction = extractTar({ ...options(made, 'refuse'), archive: { ...made.archive, source } });
    await expect(extraction).rejects.toMatchObject({ code: 'archive_damaged' });
    expect(readdirSync(target)).toEqual(['folder']);
    const left = readdirSync(join(target, 'folder'));
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(200);
    for (const name of left) expect(lstatSync(join(target, 'folder', name)).size).toBe(30_000);
  });

  test('leaves nothing when a thread was lost: a file of it may be half written', async () => {
    const made = await madeOfMany();
    let thrown: unknown;
    // A thread that completes its segment just before it is ended has written whole files; these may remain.
    for (let attempt = 1; attempt <= 20 && !(thrown instanceof ThreadLost); attempt += 1) {
      rmSync(target, { recursive: true, force: true });
      const doomed = new SegmentPool({ size: 1 });
      let closed = Promise.resolve();
      const onProgress = (): void => {
        closed = doomed.close();
      };
      thrown = await extractTar({ ...options(made, 'refuse'), pool: doomed, onProgress }).catch((e) => e);
      expect(thrown).toBeInstanceOf(Error);
      await closed;
    }
    expect(thrown).toBeInstanceOf(ThreadLost);
    expect(readdirSync(target)).toEqual([]);
  });
});
