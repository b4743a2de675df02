/**
 * A restore that replaces a database: it fills a new database beside it and then exchanges their names, or
 * else works in one transaction.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { extractStream } from '../../../lib/archive/extract/extract-stream.ts';
import { planDatabaseRestore } from '../../../lib/components/postgres/plan/restore-plan.ts';
import { restoreDatabase } from '../../../lib/components/postgres/restore/restore-database.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { backUp, type DatabaseArchive, pool, restoreTask } from './archive.ts';
import { describeOnMajors } from './on-majors.ts';
import { failureOf, until } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

afterAll(() => pool.close());

const SERVER = {
  settings: { wal_level: 'logical' },
  sql: "CREATE ROLE ordinary LOGIN CREATEDB PASSWORD 'ordinary'; CREATE ROLE reader; CREATE ROLE poor",
};

describeOnMajors(SERVER, (here) => {
  const ROWS = `CREATE TABLE t (n int PRIMARY KEY, m int CHECK (m > 0)); INSERT INTO t VALUES (1, 1);
    CREATE SCHEMA s; GRANT USAGE ON SCHEMA s TO reader; CREATE VIEW s.v AS SELECT n FROM t; SELECT lo_create(4711);`;
  /** A database whose row has changed since its backup. */
  const made = async (name: string, text = ROWS): Promise<DatabaseArchive> => {
    await here.server.sql(`CREATE DATABASE ${name}`);
    await here.server.sql(text, name);
    const backup = await backUp({ url: here.server.url(name), kind: here.kind });
    await here.server.sql('UPDATE t SET n = 2', name);
    return backup;
  };
  const over = (backup: DatabaseArchive, name: string) =>
    restoreTask(backup, { url: here.server.url(name), target: 'env:APP_URL', kind: here.kind });
  /** How the restore would replace it. Waits first until the sessions of the test's own SQL have closed. */
  const way = async (backup: DatabaseArchive, name: string) => {
    await until(
      'nobody is connected',
      async () =>
        (await here.server.sql(`SELECT count(*) FROM pg_stat_activity WHERE datname = '${name}'`)) === '0',
    );
    return (await here.kind.planRestore(over(backup, name))).inPlace;
  };
  const planned = async (backup: DatabaseArchive, name: string) => {
    const task = over(backup, name);
    const open = () => extractStream({ ...task, component: 'database' });
    return { task, open, plan: await planDatabaseRestore(task, open, [here.server.programs]) };
  };
  const facts = (name: string): Promise<string> =>
    here.server.sql(
      `SELECT datdba::regrole, datconnlimit, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) FROM pg_database WHERE datname = '${name}'`,
    );
  const numberOf = (name: string): Promise<string> =>
    here.server.sql(`SELECT oid FROM pg_database WHERE datname = '${name}'`);
  const drafts = (): Promise<string> =>
    here.server.sql("SELECT datname FROM pg_database WHERE datname LIKE 'holdfast%'");

  test('exchanges names where the dump holds all that is there, and keeps what the database itself has [T1] [B7] [B27]', async () => {
    const backup = await made('plain');
    await here.server.sql(
      `ALTER DATABASE plain OWNER TO ordinary; REVOKE CONNECT ON DATABASE plain FROM PUBLIC;
       GRANT CONNECT ON DATABASE plain TO reader WITH GRANT OPTION; ALTER DATABASE plain CONNECTION LIMIT 7`,
    );
    const [before, number] = [await facts('plain'), await numberOf('plain')];
    expect(await way(backup, 'plain')).toEqual({ way: 'exchange', why: expect.any(String) });
    expect(await here.kind.restore(over(backup, 'plain'))).toMatchObject({ skippedCount: 0 });
    expect(await here.server.sql('SELECT n FROM t', 'plain')).toBe('1');
    expect(await facts('plain')).toBe(before);
    expect(await numberOf('plain')).not.toBe(number);
    expect(await drafts()).toBe('');
  });

  test('is open to an ordinary owner who may make databases [B7]', async () => {
    await here.server.sql('CREATE DATABASE of_owner OWNER ordinary');
    const url = here.server.url('of_owner').replace(/\/\/[^@]*@/, '//ordinary:ordinary@');
    await here.server.sql('SET ROLE ordinary; CREATE TABLE t AS SELECT 1 AS n', 'of_owner');
    const backup = await backUp({ url, kind: here.kind });
    await here.server.sql('UPDATE t SET n = 2', 'of_owner');
    const task = restoreTask(backup, { url, target: 'env:APP_URL', kind: here.kind });
    await until(
      'nobody is connected',
      async () =>
        (await here.server.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'of_owner'")) === '0',
    );
    expect((await here.kind.planRestore(task)).inPlace).toMatchObject({ way: 'exchange' });
    await here.kind.restore(task);
    expect(await here.server.sql('SELECT n FROM t', 'of_owner')).toBe('1');
    expect(await facts('of_owner')).toBe('ordinary|-1|{=Tc/ordinary,ordinary=CTc/ordinary}');
  });

  test('is not for a database that has anything of its own: that stays, in one transaction [B7] [B27]', async () => {
    const backup = await made('own');
    const number = await numberOf('own');
    const things = [
      ['GRANT CREATE ON SCHEMA s TO poor', 'REVOKE CREATE ON SCHEMA s FROM poor', 'has more'],
      ["ALTER DATABASE own SET work_mem = '5MB'", 'ALTER DATABASE own RESET work_mem', 'settings'],
      [
        'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader',
        'ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM reader',
        'by default',
      ],
      [
        "SELECT pg_create_logical_replication_slot('slot', 'test_decoding')",
        "SELECT pg_drop_replication_slot('slot')",
        'replication slots',
      ],
    ] as const;
    for (const [comes, goes, why] of things) {
      await here.server.sql(comes, 'own');
      expect(await way(backup, 'own')).toEqual({ way: 'transaction', why: expect.stringContaining(why) });
      await here.server.sql(goes, 'own');
    }
    expect(await way(backup, 'own')).toMatchObject({ way: 'exchange' });
    await here.server.sql('CREATE TABLE apart AS SELECT 7 AS n; SELECT lo_create(4712)', 'own');
    expect(await way(backup, 'own')).toMatchObject({ way: 'transaction' });
    await here.kind.restore(over(backup, 'own'));
    expect([
      await here.server.sql('SELECT n FROM t; SELECT n FROM apart', 'own'),
      await numberOf('own'),
    ]).toEqual(['1\n7', number]);
  });

  /** Opens a session that stays connected. */
  const connected = async (name: string): Promise<() => Promise<void>> => {
    const psql = spawn(
      join(here.server.programs, 'psql'),
      ['-X', '-c', 'SELECT pg_sleep(100)', here.server.url(name)],
      { stdio: 'ignore' },
    );
    await until(
      'he is connected',
      async () =>
        (await here.server.sql(
          `SELECT count(*) FROM pg_stat_activity WHERE datname = '${name}' AND query LIKE '%pg_sleep%'`,
        )) === '1',
    );
    return async () => {
      const gone = new Promise((resolve) => psql.once('exit', resolve));
      psql.kill('SIGKILL');
      await gone;
      await here.server.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
    };
  };

  test('restores in one transaction while others are connected, and waits for those who come later [B7] [B27]', async () => {
    const backup = await made('in_use');
    const leave = await connected('in_use');
    expect((await here.kind.planRestore(over(backup, 'in_use'))).inPlace).toEqual({
      way: 'transaction',
      why: 'others are connected to it',
    });
    await leave();
    expect(await way(backup, 'in_use')).toMatchObject({ way: 'exchange' });
    const { task, open, plan } = await planned(backup, 'in_use');
    const again = await connected('in_use');
    const restore = { restoreId: task.restoreId, log: task.log, jobs: 4, onBytes: () => undefined };
    const { message } = await failureOf(
      restoreDatabase(plan, open, { ...restore, patience: { everySeconds: 0.1, giveUpSeconds: 0.5 } }),
    );
    expect(message).toMatch(
      /was cancelled and nothing was changed: the database is in use by psql \(process \d+, user postgres\)/,
    );
    expect([await here.server.sql('SELECT n FROM t', 'in_use'), await drafts()]).toEqual(['2', '']);
    const going = restoreDatabase(plan, open, {
      ...restore,
      patience: { everySeconds: 0.1, giveUpSeconds: 60 },
    });
    await until('the new one is there', async () => (await drafts()) !== '');
    await again();
    expect(await going).toEqual([]);
    expect([await here.server.sql('SELECT n FROM t', 'in_use'), await drafts()]).toEqual(['1', '']);
  });

  test('leaves the database as it was where anything fails, and names it [B7] [B27]', async () => {
    const backup = await made(
      'failing',
      `${ROWS} CREATE MATERIALIZED VIEW m AS SELECT n FROM t; ALTER TABLE m OWNER TO poor`,
    );
    const number = await numberOf('failing');
    expect(await way(backup, 'failing')).toMatchObject({ way: 'exchange' });
    const { message } = await failureOf(here.kind.restore(over(backup, 'failing')));
    expect(message).toMatch(
      /nothing there was changed: materialized view data public\.m: not restored: permission denied/,
    );
    expect([
      await here.server.sql('SELECT n FROM t', 'failing'),
      await numberOf('failing'),
      await drafts(),
    ]).toEqual(['2', number, '']);
  });

  test('what names things without their schema comes back in place, too [T1] [B27]', async () => {
    const backup = await made(
      'loosely',
      `${ROWS} CREATE FUNCTION counts() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t';
       CREATE TABLE a_check (n int CHECK (n < counts() + 10)); INSERT INTO a_check VALUES (1)`,
    );
    expect(await way(backup, 'loosely')).toMatchObject({ way: 'exchange' });
    await here.kind.restore(over(backup, 'loosely'));
    expect(await here.server.sql('SELECT t.n FROM t JOIN a_check USING (n)', 'loosely')).toBe('1');
  });

  test('does not go on where something has come to the database since it was planned [B7] [B27]', async () => {
    const backup = await made('raced');
    expect(await way(backup, 'raced')).toMatchObject({ way: 'exchange' });
    const { task, open, plan } = await planned(backup, 'raced');
    await here.server.sql('CREATE TABLE later AS SELECT 7 AS n', 'raced');
    const restore = { restoreId: task.restoreId, log: task.log, jobs: 4, onBytes: () => undefined };
    const { message } = await failureOf(restoreDatabase(plan, open, restore));
    expect(message).toContain('has changed after the plan: the database has more than the dump');
    expect([await here.server.sql('SELECT n FROM later; SELECT n FROM t', 'raced'), await drafts()]).toEqual([
      '7\n2',
      '',
    ]);
  });

  test('takes the exchange back where something came at the last moment [B7] [B27]', async () => {
    const backup = await made('late');
    expect(await way(backup, 'late')).toMatchObject({ way: 'exchange' });
    const { task, open, plan } = await planned(backup, 'late');
    if (plan.exchange === undefined) throw new Error('it is not exchanged');
    const { beside, obstacle } = plan.exchange;
    const looks: string[] = [];
    const exchange = {
      beside,
      obstacle: async (inside: typeof beside) => {
        const { database } = inside.connection;
        looks.push(database);
        const why = await obstacle(inside);
        // The table is created after the first check and before the names are exchanged.
        if (looks.length === 1) await here.server.sql('CREATE TABLE later AS SELECT 7 AS n', database);
        return why;
      },
    };
    const restore = { restoreId: task.restoreId, log: task.log, jobs: 4, onBytes: () => undefined };
    const { message } = await failureOf(restoreDatabase({ ...plan, exchange }, open, restore));
    expect(message).toContain('has changed after the plan');
    expect(looks).toEqual(['late', `holdfast former ${task.restoreId}`]);
    expect([await here.server.sql('SELECT n FROM later; SELECT n FROM t', 'late'), await drafts()]).toEqual([
      '7\n2',
      '',
    ]);
  });

  test('a further attempt ends an exchange that the one before has made [B2] [B7]', async () => {
    const backup = await made('resumed');
    expect(await way(backup, 'resumed')).toMatchObject({ way: 'exchange' });
    const { task, open, plan } = await planned(backup, 'resumed');
    if (plan.exchange === undefined) throw new Error('it is not exchanged');
    const restore = { restoreId: task.restoreId, log: task.log, jobs: 4, onBytes: () => undefined };
    const former = `holdfast former ${task.restoreId}`;
    const { beside, obstacle } = plan.exchange;
    const lost = async (inside: typeof beside) => {
      if (inside.connection.database === former)
        throw new HoldfastError('component_unavailable', 'the server is gone');
      return obstacle(inside);
    };
    const exchange = { beside, obstacle: lost };
    expect(await failureOf(restoreDatabase({ ...plan, exchange }, open, restore))).toMatchObject({
      code: 'component_unavailable',
      message: expect.stringContaining(`is kept as "${former}"`),
    });
    expect([await here.server.sql('SELECT n FROM t', 'resumed'), await drafts()]).toEqual(['1', former]);
    // The former database gets a table that no backup has, so it stays, and the error names it.
    await here.server.sql('CREATE TABLE later ()', former);
    await here.server.sql('UPDATE t SET m = 9', 'resumed');
    await until(
      'nobody is connected',
      async () =>
        (await here.server.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'resumed'")) === '0',
    );
    const { message } = await failureOf(here.kind.restore(over(backup, 'resumed')));
    expect(message).toContain(`the previous database is now "${former}", and was not dropped: `);
    await here.server.sql('DROP TABLE later', former);
    expect(await here.kind.restore(over(backup, 'resumed'))).toMatchObject({ skippedCount: 0 });
    // The restore must not remove data that was written since.
    expect([await here.server.sql('SELECT n, m FROM t', 'resumed'), await drafts()]).toEqual(['1|9', '']);
  });

  test('what a killed restore left behind is gone with its end, but for what may hold more [B7]', async () => {
    const backup = await made('ended');
    const { restoreId, settings, secrets, target, log } = over(backup, 'ended');
    for (const name of ['holdfast', 'holdfast old'])
      await here.server.sql(`CREATE DATABASE "${name} ${restoreId}"`);
    await here.server.sql(`CREATE DATABASE "holdfast former ${restoreId}"`);
    await here.kind.cleanUp?.({ restoreId, settings, secrets, target, log });
    // Nothing has checked yet whether this database holds anything else.
    const former = `holdfast former ${restoreId}`;
    expect([await here.server.sql('SELECT n FROM t', 'ended'), await drafts()]).toEqual(['2', former]);
    await here.server.sql(`DROP DATABASE "${former}"`);
  });
});
