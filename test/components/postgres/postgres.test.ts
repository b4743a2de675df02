/** Backs up and restores a real database of a real server through a real archive. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readContentsPage } from '../../../lib/archive/index.ts';
import { postgres } from '../../../lib/components/postgres/postgres.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { planWhole } from '../plan-whole.ts';
import { backUp, type DatabaseArchive, pool, restoreTask, taskOf } from './archive.ts';
import { bulkSql, VARIED_SQL } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

describeWithPostgres('a PostgreSQL database', () => {
  let server: PostgresServer;
  let varied: DatabaseArchive;

  /** The database with its rows as SQL, without the lines that differ from run to run. */
  const textOf = async (database: string, on = server): Promise<string> => {
    const { stdout } = await promisify(execFile)(
      join(on.programs, 'pg_dump'),
      ['--inserts', on.url(database)],
      { maxBuffer: 1 << 29 },
    );
    return stdout
      .split('\n')
      .filter((line) => !/^\\(un)?restrict /.test(line))
      .sort()
      .join('\n');
  };
  const make = async (name: string, sql: string): Promise<string> => {
    await server.sql(`CREATE DATABASE "${name}"`);
    await server.sql(sql, name);
    return server.url(name);
  };

  beforeAll(async () => {
    server = await startPostgresServer();
    await server.sql('CREATE ROLE "app owner"; CREATE ROLE reader');
    const url = await make('varied', VARIED_SQL);
    await server.sql('ALTER TABLE customers OWNER TO "app owner"; GRANT SELECT ON happy TO reader', 'varied');
    varied = await backUp({ url });
  });
  afterAll(async () => {
    await pool.close();
    await server.stop();
  });

  test('comes back whole in a new database: every kind of object and every row [T1] [K6]', async () => {
    const copy = `it's a "copy" \\ of it`;
    const task = restoreTask(varied, { url: server.url('varied'), target: copy });
    const { counts } = await postgres.planRestore(task);
    // Counts relations and other objects with a name of their own: extension, schema, types, function, large
    // objects.
    expect(counts).toEqual({ create: 16, overwrite: 0, skip: 0, refuse: 0 });
    expect(await postgres.restore(task)).toMatchObject({ entries: 1, skippedCount: 0 });
    expect(await textOf(copy)).toBe(await textOf('varied'));
    expect(await server.sql("SELECT md5(lo_get(4711)), nextval('invoice_number')", copy)).toBe(
      await server.sql("SELECT md5(lo_get(4711)), nextval('invoice_number')", 'varied'),
    );
  });

  test('is one entry of the contents, a stream, and the archive says what a restore needs [U4]', async () => {
    const { entries } = await readContentsPage(varied.archive, varied.identity, { skip: 0, limit: 10 });
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ path: 'database.dump', type: 'stream' });
    expect(varied.summary.details).toMatchObject({
      database: 'varied',
      encoding: 'UTF8',
      owners: ['app owner', 'postgres'],
      grantees: ['reader'],
      extensions: ['pgcrypto', 'plpgsql'],
    });
  });

  test('moves to another server, where missing roles are named and all else comes back [T6] [B3]', async () => {
    const other = await startPostgresServer();
    try {
      const secrets = { NEW_URL: other.url('moved here') };
      const task = restoreTask(varied, { url: server.url('varied'), target: 'env:NEW_URL', secrets });
      const { entries } = await postgres.planRestore(task);
      expect(entries).toContainEqual(
        expect.objectContaining({
          path: 'role app owner',
          action: 'skip',
          reason: expect.stringContaining('no such role'),
        }),
      );
      const { skipped, skippedCount } = await postgres.restore(task);
      expect(skipped.map(({ path }) => path)).toEqual(['role app owner', 'role reader']);
      expect(skippedCount).toBe(2);
      expect(await other.sql('SELECT count(*) FROM customers', 'moved here')).toBe('2');
    } finally {
      await other.stop();
    }
  });

  test('keeps its owners when only roles are missing that were granted something [B3]', async () => {
    await server.sql('CREATE ROLE grantee');
    const url = await make('granted', 'CREATE TABLE t (n int); GRANT SELECT ON t TO grantee');
    await server.sql('ALTER TABLE t OWNER TO "app owner"', 'granted');
    const made = await backUp({ url });
    await server.sql('DROP OWNED BY grantee', 'granted');
    await server.sql('DROP ROLE grantee');
    const { skipped } = await postgres.restore(restoreTask(made, { url, target: 'granted copy' }));
    expect(skipped.map(({ path }) => path)).toEqual(['role grantee']);
    expect(await server.sql("SELECT tableowner FROM pg_tables WHERE tablename = 't'", 'granted copy')).toBe(
      'app owner',
    );
  });

  test('is restored by a user who may not act for its owners, and then belongs to that user [B3]', async () => {
    await server.sql("CREATE ROLE restorer LOGIN CREATEDB PASSWORD 'restorer'");
    const url = await make('owned', 'CREATE TABLE t AS SELECT 1 AS n');
    const made = await backUp({ url });
    const secrets = { NEW_URL: `postgres://restorer:restorer@127.0.0.1:${server.port}/owned%20copy` };
    const { skipped } = await postgres.restore(restoreTask(made, { url, target: 'env:NEW_URL', secrets }));
    expect(skipped).toEqual([
      {
        path: 'role postgres',
        reason: expect.stringContaining('"restorer" may neither make this role an owner'),
      },
    ]);
    expect(await server.sql("SELECT tableowner FROM pg_tables WHERE tablename = 't'", 'owned copy')).toBe(
      'restorer',
    );
  });

  test('is overwritten where it stands: changed rows are as they were, what came later stays', async () => {
    const url = await make('overwritten', VARIED_SQL);
    const before = await textOf('overwritten');
    const made = await backUp({ url });
    await server.sql(
      "DELETE FROM customers; DROP VIEW happy; SELECT nextval('invoice_number')",
      'overwritten',
    );
    await server.sql('CREATE TABLE later (n int)', 'overwritten');
    const task = restoreTask(made, { url, target: 'env:APP_URL' });
    const { counts, entries } = await postgres.planRestore(task);
    expect(counts).toEqual({ create: 1, overwrite: 13, skip: 0, refuse: 0 });
    expect(entries).toContainEqual({ path: 'public.happy', action: 'create' });
    expect(entries).toContainEqual({ path: 'Bücher & mehr.a "quoted" table', action: 'overwrite' });
    await postgres.restore(task);
    await server.sql('DROP TABLE later', 'overwritten');
    expect(await textOf('overwritten')).toBe(before);
  });

  test('that was dropped is made again, with its encoding and sorting', async () => {
    await server.sql(
      `CREATE DATABASE dropped TEMPLATE template0 ENCODING 'LATIN9' LOCALE 'C' LOCALE_PROVIDER libc`,
    );
    await server.sql("CREATE TABLE t AS SELECT 'grün €'::text AS word", 'dropped');
    const url = server.url('dropped');
    const made = await backUp({ url });
    await server.sql('DROP DATABASE dropped');
    await postgres.restore(restoreTask(made, { url, target: 'env:APP_URL' }));
    expect(await server.sql("SELECT word, current_setting('server_encoding') FROM t", 'dropped')).toBe(
      'grün €|LATIN9',
    );
  });

  test('with sorting by ICU is made again with it', async () => {
    await server.sql(
      `CREATE DATABASE icu TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'de-u-kn'`,
    );
    await server.sql('CREATE TABLE t (word text)', 'icu');
    const url = server.url('icu');
    await postgres.restore(restoreTask(await backUp({ url }), { url, target: 'icu copy' }));
    expect(await server.sql("SELECT daticulocale FROM pg_database WHERE datname LIKE 'icu%'")).toBe(
      'de-u-kn\nde-u-kn',
    );
  });

  test('without anything in it is backed up and restored', async () => {
    const url = await make('empty', '');
    await postgres.restore(restoreTask(await backUp({ url }), { url, target: 'empty copy' }));
    expect(await textOf('empty copy')).toBe(await textOf('empty'));
  });

  test('of a hundred megabytes goes through many segments, and its size is foreseen', async () => {
    const url = await make('bulky', bulkSql(100));
    const { expectedBytes } = await planWhole(postgres, taskOf({ url }));
    const made = await backUp({ url });
    expect(made.summary.sourceBytes).toBeGreaterThan(90_000_000);
    expect((expectedBytes ?? 0) / made.summary.sourceBytes).toBeCloseTo(1, 0);
    expect(made.archive.segments('database').length).toBeGreaterThan(90);
    let reported = 0;
    const { bytes } = await postgres.restore({
      ...restoreTask(made, { url, target: 'bulky copy' }),
      progress: (done) => {
        reported = done.bytes;
      },
    });
    expect([bytes, reported]).toEqual([made.summary.sourceBytes, made.summary.sourceBytes]);
    const sum = 'SELECT md5(string_agg(md5(bulk::text), NULL ORDER BY id)) FROM bulk';
    expect(await server.sql(sum, 'bulky copy')).toBe(await server.sql(sum, 'bulky'));
  });

  test('is read without a pause: others write while it is dumped [U1]', async () => {
    const url = await make('busy', `${bulkSql(30)} CREATE TABLE written (n int)`);
    let writes = 0;
    const made = await backUp({
      url,
      onMember: async () => {
        writes += 1;
        await server.sql(`INSERT INTO written VALUES (${writes})`, 'busy');
      },
    });
    expect(writes).toBeGreaterThan(20);
    await postgres.restore(restoreTask(made, { url, target: 'busy copy' }));
    expect(await server.sql('SELECT count(*) FROM written', 'busy copy')).toBe('0');
    expect(await server.sql('SELECT count(*) FROM written', 'busy')).toBe(String(writes));
  });
});
