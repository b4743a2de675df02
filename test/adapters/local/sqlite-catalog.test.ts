import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { SqliteCatalog } from '../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import { migrate, migrations, SCHEMA_VERSION } from '../../../lib/adapters/local/catalog/sqlite-schema.ts';
import { describeCatalog } from '../../contract/catalog.ts';
import { sampleOperation, sampleToken } from '../../contract/sample-records.ts';
import { onSmallDisk, testOnSmallDisk } from './small-disk.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();
const moduleUrl = new URL('../../../lib/adapters/local/catalog/sqlite-catalog.ts', import.meta.url).href;

describeCatalog('SQLite', async () => {
  const catalog = new SqliteCatalog(join(await newFolder(), 'catalog.db'));
  return { catalog, close: async () => catalog.close() };
});

describe('the SQLite catalog', () => {
  const newFile = async () => join(await newFolder(), 'catalog.db');

  test('keeps records, lock and fence over a restart', async () => {
    const file = await newFile();
    const first = new SqliteCatalog(file);
    const token = sampleToken();
    const operation = sampleOperation();
    await first.take({ operation, leaseUntil: 'later' }, [{ put: 'token', record: token }]);
    first.close();
    const second = new SqliteCatalog(file);
    expect((await second.get('token', token.hash))?.record).toEqual(token);
    expect(await second.lock()).toEqual({
      fence: 1,
      holder: { ...operation, leaseUntil: 'later' },
      last: operation,
    });
    second.close();
  });

  test('is readable by its owner alone, its log too', async () => {
    const file = await newFile();
    const catalog = new SqliteCatalog(file);
    await catalog.commit([{ put: 'token', record: sampleToken() }]);
    for (const name of [file, `${file}-wal`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
    catalog.close();
  });

  test('has every commit that returned, after kill -9 [B1]', async () => {
    const file = await newFile();
    const child = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      `const { SqliteCatalog } = await import(${JSON.stringify(moduleUrl)});
       const catalog = new SqliteCatalog(${JSON.stringify(file)});
       for (let i = 1; ; i++) {
         await catalog.commit([{ put: 'schedule', record: { id: String(i), lastFiredAt: 'x' } }, { put: 'schedule', record: { id: 'twin ' + i, lastFiredAt: 'x' } }]);
         process.stdout.write(i + '\\n');
       }`,
    ]);
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      if (told.length > 200) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const last = Number(told.split('\n').at(-2));
    expect(last).toBeGreaterThan(10);
    const catalog = new SqliteCatalog(file);
    const { total } = await catalog.list('schedule');
    for (let i = 1; i <= last; i++) expect(await catalog.get('schedule', `twin ${i}`)).toBeDefined();
    expect(total % 2).toBe(0);
    catalog.close();
  });

  test('refuses a file of a newer Holdfast, and leaves it as it is', async () => {
    const file = await newFile();
    new SqliteCatalog(file).close();
    const db = new DatabaseSync(file);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    db.close();
    expect(() => new SqliteCatalog(file)).toThrow(/newer Holdfast \(schema 2, this one supports 1\)/);
  });

  test('an older schema is stepped up, with all that was in it; a step that fails leaves the older one whole', async () => {
    const file = await newFile();
    const catalog = new SqliteCatalog(file);
    const token = sampleToken();
    await catalog.commit([{ put: 'token', record: token }]);
    catalog.close();
    const db = new DatabaseSync(file);
    const version = () => db.prepare('PRAGMA user_version').get()?.user_version;
    const kept = () => db.prepare('SELECT * FROM records').all();
    const second = "ALTER TABLE records ADD COLUMN note TEXT NOT NULL DEFAULT 'old'";
    const third = 'CREATE TABLE notes (text TEXT) STRICT; INSERT INTO nowhere VALUES (1)';
    expect(() => migrate(db, file, [...migrations, second, third])).toThrow(/nowhere/);
    expect(version()).toBe(SCHEMA_VERSION + 1);
    expect(kept()).toEqual([expect.objectContaining({ id: token.hash, note: 'old' })]);
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'notes'").all()).toEqual([]);
    migrate(db, file, [...migrations, second, 'CREATE TABLE notes (text TEXT) STRICT']);
    expect(version()).toBe(SCHEMA_VERSION + 2);
    migrate(db, file, [...migrations, second, 'CREATE TABLE notes (text TEXT) STRICT']);
    expect(kept()).toHaveLength(1);
    db.close();
  });

  test('refuses the database of another program', async () => {
    const file = await newFile();
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE notes (text TEXT)');
    db.close();
    expect(() => new SqliteCatalog(file)).toThrow(/another program/);
  });

  test('refuses what is no database, saying what to do', async () => {
    const file = await newFile();
    await writeFile(file, 'not a database at all, but a text of some length'.repeat(100));
    expect(() => new SqliteCatalog(file)).toThrow(/is damaged: stop Holdfast and put back a copy/);
  });

  test('refuses a file with damaged pages', async () => {
    const file = await newFile();
    const catalog = new SqliteCatalog(file);
    for (let i = 0; i < 200; i++) await catalog.commit([{ put: 'token', record: sampleToken() }]);
    catalog.close();
    const db = new DatabaseSync(file);
    const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
    db.close();
    const handle = await open(file, 'r+');
    for (let page = 2; page < pages; page += 2)
      await handle.write(Buffer.alloc(4096, 0x5a), 0, 4096, page * 4096);
    await handle.close();
    expect(() => new SqliteCatalog(file)).toThrow(/damaged/);
  });

  testOnSmallDisk(
    'says so when the disk is full; what was committed stays, and it goes on when there is room',
    async () => {
      const script = `
      const { SqliteCatalog } = await import(${JSON.stringify(moduleUrl)});
      const { writeFileSync, rmSync } = await import('node:fs');
      const [folder] = process.argv.slice(1);
      writeFileSync(folder + '/ballast', Buffer.alloc(300_000));
      const catalog = new SqliteCatalog(folder + '/catalog.db');
      const put = (i) => catalog.commit([{ put: 'schedule', record: { id: String(i), lastFiredAt: 'x'.repeat(5_000) } }]);
      let committed = 0;
      const code = await (async () => { for (;;) { await put(committed); committed++; } })().catch((error) => error.code);
      const kept = (await catalog.list('schedule')).total === committed;
      rmSync(folder + '/ballast');
      await put('more');
      catalog.close();
      const again = new SqliteCatalog(folder + '/catalog.db');
      console.log(code, committed > 10, kept, (await again.list('schedule')).total === committed + 1);`;
      expect(onSmallDisk(await newFolder(), '1m', script)).toBe('storage_full true true true');
    },
  );
});
