import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FolderObjectStore } from '../../../lib/adapters/local/store/folder-object-store.ts';
import { describeObjectStore } from '../../contract/object-store.ts';
import { onSmallDisk, testOnSmallDisk } from './small-disk.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();

const openStore = async () => {
  const root = await newFolder();
  const own = join(root, 'archives');
  const other = join(root, 'other');
  await mkdir(other);
  const store = new FolderObjectStore({ folder: own, backupPaths: [`${other}/`] });
  return { store, own, other };
};

describeObjectStore('folder', async () => {
  const { store, other } = await openStore();
  return { store, otherPlace: other, close: () => store.close() };
});

const compose = async (store: FolderObjectStore, key: string, content: string) => {
  await store.open('up', key);
  const piece = await store.putPiece('up', '1', [Buffer.from(content)]);
  return store.compose('up', key, [{ piece }], { overwrite: false });
};

describe('the folder store', () => {
  test('makes archives of mode 0600 in a folder of mode 0700, and leaves nothing else there', async () => {
    const { store, own, other } = await openStore();
    for (const [folder, place] of [
      [own, undefined],
      [other, other],
    ] as const) {
      await compose(store, store.locate('a.tar', place), 'x');
      expect((await stat(join(folder, 'a.tar'))).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toEqual(['a.tar']);
    }
    expect((await stat(own)).mode & 0o777).toBe(0o700);
  });

  test('refuses an upload where a file stands in the place of its staging folder, and has nothing to give up there', async () => {
    const { store, own } = await openStore();
    const key = store.locate('a.tar');
    await mkdir(own);
    await writeFile(join(own, '.holdfast-staging'), 'not ours');
    await expect(store.open('up', key)).rejects.toMatchObject({ code: 'place_unwritable' });
    await store.abort('up');
    expect(await store.uploads()).toEqual([]);
    expect(await readFile(join(own, '.holdfast-staging'), 'utf8')).toBe('not ours');
  });

  test('turns pieces that were put in order into the archive without copying them', async () => {
    const { store, own } = await openStore();
    const key = store.locate('a.tar');
    await store.open('up', key);
    const pieces = [
      await store.putPiece('up', '1', [Buffer.from('one')]),
      await store.putPiece('up', '2', [Buffer.from('two')]),
    ];
    const staged = await stat(join(own, '.holdfast-staging/up/pieces'));
    await store.compose('up', key, [...pieces.map((piece) => ({ piece })), { bytes: Buffer.from('end') }], {
      overwrite: false,
    });
    expect((await stat(join(own, 'a.tar'))).ino).toBe(staged.ino);
    expect(await readFile(join(own, 'a.tar'), 'utf8')).toBe('onetwoend');
  });

  test('finds uploads again after a restart, wherever they lie, and goes on with them or ends them [B1]', async () => {
    const { store, own, other } = await openStore();
    const key = store.locate('a.tar', other);
    await store.open('goes-on', key);
    const first = await store.putPiece('goes-on', '1', [Buffer.from('before ')]);
    await store.open('ends', store.locate('b.tar'));
    await store.putPiece('ends', '1', [Buffer.from('x')]);
    await store.close();

    const next = new FolderObjectStore({ folder: own, backupPaths: [other] });
    expect((await next.uploads()).sort()).toEqual(['ends', 'goes-on']);
    const second = await next.putPiece('goes-on', '2', [Buffer.from('after')]);
    await next.compose('goes-on', key, [{ piece: first }, { piece: second }], { overwrite: false });
    expect(await readFile(join(other, 'a.tar'), 'utf8')).toBe('before after');
    await next.abort('ends');
    expect(await readdir(own)).toEqual([]);
    expect(await readdir(other)).toEqual(['a.tar']);
    await next.close();
  });

  test('keeps its keys when the data folder moves', async () => {
    const root = await newFolder();
    const before = new FolderObjectStore({ folder: join(root, 'before/archives'), backupPaths: [] });
    const key = before.locate('a.tar');
    await compose(before, key, 'x');
    const place = before.placeOf(key);
    execFileSync('mv', [join(root, 'before'), join(root, 'after')]);
    const after = new FolderObjectStore({ folder: join(root, 'after/archives'), backupPaths: [] });
    expect(await after.stat(after.locate('a.tar', place))).toEqual({ key, bytes: 1 });
  });

  test('never reads or replaces through a symbolic link under an archive name', async () => {
    const { store, own, other } = await openStore();
    await writeFile(join(other, 'secret'), 'secret');
    await mkdir(own);
    await symlink(join(other, 'secret'), join(own, 'a.tar'));
    const key = store.locate('a.tar');
    expect(await store.stat(key)).toBeUndefined();
    await expect(store.read(key, 0, 1)).rejects.toMatchObject({ code: 'not_found' });
    await expect(compose(store, key, 'x')).rejects.toMatchObject({ code: 'file_exists' });
    await store.abort('up');
    await store.open('up', key);
    const piece = await store.putPiece('up', '1', [Buffer.from('mine')]);
    await store.compose('up', key, [{ piece }], { overwrite: true });
    expect(await readFile(join(other, 'secret'), 'utf8')).toBe('secret');
    expect((await lstat(join(own, 'a.tar'))).isFile()).toBe(true);
  });

  test('does not stage where another has put a link in the way', async () => {
    const { store, other } = await openStore();
    const elsewhere = await newFolder();
    await symlink(elsewhere, join(other, '.holdfast-staging'));
    await expect(store.open('up', store.locate('a.tar', other))).rejects.toMatchObject({
      code: 'place_unwritable',
    });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test.each(['../up', '..', 'a/b', ''])('refuses the upload id %j', async (id) => {
    const { store } = await openStore();
    await expect(store.open(id, store.locate('a.tar'))).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('refuses keys that it did not make', async () => {
    const { store, other } = await openStore();
    for (const key of [
      'archives/../a.tar',
      '/etc/passwd',
      `${other}/../a.tar`,
      `${other}//a.tar`,
      'archives/.holdfast-staging',
      'a.tar',
    ])
      await expect(store.stat(key)).rejects.toMatchObject({
        code: expect.stringMatching(/^(place_not_allowed|invalid_request)$/),
      });
  });

  describe('says before the work why a place cannot be written to [U5]', () => {
    const refusal = async (place: string) => {
      const store = new FolderObjectStore({
        folder: join(await newFolder(), 'archives'),
        backupPaths: [place],
      });
      const key = store.locate('a.tar', place);
      await expect(store.open('up', key)).rejects.toMatchObject({ code: 'place_unwritable' });
      return expect(store.assertWritable(key)).rejects;
    };

    test('it does not exist', async () => {
      const place = join(await newFolder(), 'none');
      await (await refusal(place)).toMatchObject({
        code: 'place_unwritable',
        message: expect.stringContaining('no such folder'),
      });
    });

    test('it is a file', async () => {
      const place = join(await newFolder(), 'file');
      await writeFile(place, '');
      await (await refusal(place)).toMatchObject({
        code: 'place_unwritable',
        message: expect.stringContaining('not a folder'),
      });
    });

    test('it is not ours to write to', async () => {
      // The kernel forbids writing here even to root.
      await (await refusal('/sys/kernel')).toMatchObject({
        code: 'place_unwritable',
        message: expect.stringContaining('may not write there'),
      });
    });
  });

  testOnSmallDisk(
    'says so when the disk is full, at a piece or at the end, and keeps nothing half-visible',
    async () => {
      const script = `
      const { FolderObjectStore } = await import(${JSON.stringify(new URL('../../../lib/adapters/local/store/folder-object-store.ts', import.meta.url).href)});
      const { readdirSync } = await import('node:fs');
      const store = new FolderObjectStore({ folder: process.argv[1] + '/archives', backupPaths: [] });
      const code = (work) => work.then(() => 'done', (error) => error.code);
      const key = store.locate('a.tar');
      await store.open('big', key);
      const told = [await code(store.putPiece('big', '1', [Buffer.alloc(3_000_000)]))];
      await store.abort('big');
      await store.open('fits', key);
      const piece = await store.putPiece('fits', '1', [Buffer.alloc(1_500_000)]);
      told.push(await code(store.compose('fits', key, [{ piece }, { bytes: Buffer.alloc(1_500_000) }], { overwrite: false })));
      told.push(String(await store.stat(key)));
      told.push(String((await store.compose('fits', key, [{ piece }], { overwrite: false })).bytes));
      told.push(await code(store.compose('copy', store.locate('b.tar'), [{ copy: key, offset: 0, length: 1_500_000 }], { overwrite: false })));
      await store.abort('copy');
      console.log(told.join(' '), readdirSync(process.argv[1] + '/archives').join());`;
      expect(onSmallDisk(await newFolder(), '2m', script)).toBe(
        'storage_full storage_full undefined 1500000 storage_full a.tar',
      );
    },
  );
});
