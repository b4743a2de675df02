/**
 * What a restore needs from a server and a user, and what it changes about the database itself: the plan
 * names it beforehand.
 */
import { spawn } from 'node:child_process';
import { afterAll, expect, jest, test } from '@jest/globals';
import { holdTransaction } from '../../servers/postgres-server.ts';
import { backUp, pool, restoreTask, taskOf } from './archive.ts';
import { describeOnMajors } from './on-majors.ts';
import { bulkSql, failureOf, until } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(240_000);

afterAll(() => pool.close());

const SERVER = { sql: "CREATE ROLE ordinary LOGIN CREATEDB PASSWORD 'ordinary'; CREATE ROLE reader" };

describeOnMajors(SERVER, (here) => {
  const { make, made } = here;
  const as = (user: string, database: string): string =>
    here.server.url(database).replace(`postgres:${here.server.password}`, `${user}:${user}`);
  type Made = Awaited<ReturnType<typeof made>>;
  const into = (backup: Made, url: string, options = {}) =>
    restoreTask(backup, {
      url: here.server.url(),
      target: 'env:NEW_URL',
      kind: here.kind,
      secrets: { NEW_URL: url },
      ...options,
    });

  test('an ordinary owner keeps the grants beside an extension that has an administrator [B3] [B7]', async () => {
    await make(
      'owned',
      'CREATE EXTENSION citext; GRANT CREATE ON SCHEMA public TO ordinary',
      'OWNER ordinary',
    );
    await here.server.sql(
      'SET ROLE ordinary; CREATE TABLE t (word citext); GRANT SELECT ON t TO reader; RESET ROLE',
      'owned',
    );
    const backup = await backUp({ url: as('ordinary', 'owned'), kind: here.kind });
    const own = into(backup, as('ordinary', 'owned'));
    expect((await here.kind.planRestore(own)).counts).toMatchObject({ refuse: 0, skip: 0 });
    expect(await here.kind.restore(own)).toMatchObject({ skippedCount: 0 });
    const fresh = into(backup, as('ordinary', 'owned copy'));
    expect(await here.kind.restore(fresh)).toMatchObject({ skippedCount: 0 });
    for (const database of ['owned', 'owned copy'])
      expect(await here.server.sql("SELECT has_table_privilege('reader', 't', 'SELECT')", database)).toBe(
        't',
      );
  });

  test('what the user may not do there is refused by the plan, by name [B7] [B27]', async () => {
    const backup = await made(
      'rightful',
      'CREATE EXTENSION pageinspect; CREATE TABLE t (n int); CREATE TABLE u (n int)',
    );
    await make(
      'of another',
      'CREATE EXTENSION pageinspect; CREATE TABLE t (n int); REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    );
    const { entries } = await here.kind.planRestore(into(backup, as('ordinary', 'of another')));
    expect(entries.filter(({ action }) => action === 'refuse')).toEqual([
      { path: 'public.t', action: 'refuse', reason: expect.stringContaining('belongs to "postgres"') },
      {
        path: 'public.u',
        action: 'refuse',
        reason: expect.stringContaining('may not create anything in the schema "public"'),
      },
    ]);
    const fresh = into(backup, as('ordinary', 'rightful copy'));
    expect((await here.kind.planRestore(fresh)).entries).toContainEqual({
      path: 'extension pageinspect',
      action: 'skip',
      reason: expect.stringContaining('only a superuser'),
    });
    expect((await here.kind.restore(fresh)).skipped.map(({ path }) => path)).toContain(
      'extension pageinspect',
    );
    expect(await failureOf(here.kind.planRestore({ ...fresh, allOrNothing: true }))).toMatchObject({
      code: 'restore_refused',
    });
    await here.server.sql(
      'ALTER ROLE ordinary SET default_transaction_read_only = on; ALTER ROLE ordinary SET statement_timeout = 2000',
    );
    const refused = await failureOf(here.kind.planRestore(into(backup, as('ordinary', 'not there'))));
    await here.server.sql('ALTER ROLE ordinary RESET ALL');
    expect(refused.message).toContain('sessions of "ordinary" are read only there');
  });

  test("a role's short patience and narrow encoding do not count [U1]", async () => {
    await make('impatient', "CREATE TABLE t AS SELECT '€ 日本' AS word; GRANT SELECT ON t TO ordinary");
    // Long enough for a session that runs without waiting, and far too short for the waits that follow.
    const settings = [
      'statement_timeout',
      'lock_timeout',
      ...(here.major === '17' ? ['transaction_timeout'] : []),
    ];
    for (const setting of settings) await here.server.sql(`ALTER ROLE ordinary SET ${setting} = '2s'`);
    await here.server.sql("ALTER ROLE ordinary SET client_encoding = 'LATIN1'");
    const backup = await backUp({ url: as('ordinary', 'impatient'), kind: here.kind });
    const letGo = await holdTransaction(here.server, 'LOCK TABLE pg_database IN EXCLUSIVE MODE');
    const restored = here.kind.restore(into(backup, as('ordinary', 'impatient copy')));
    const WAITS = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE '% DATABASE%' AND usename = 'ordinary' AND wait_event_type = 'Lock'
      AND clock_timestamp() - query_start > '2.5 s'`;
    try {
      await until('a statement on databases waits', async () => (await here.server.sql(WAITS)) === '1');
    } finally {
      await letGo();
      await here.server.sql('ALTER ROLE ordinary RESET ALL');
    }
    await restored;
    expect(await here.server.sql('SELECT word FROM t', 'impatient copy')).toBe('€ 日本');
  });

  test.each([
    ['LATIN1', 'grün'],
    ['EUC_JP', '日本'],
  ])('names of a database in %s are read as they are, and known again [B7]', async (encoding, name) => {
    const backup = await made(
      encoding,
      `SET client_encoding = 'UTF8'; CREATE TABLE "${name}" AS SELECT 1 AS n; CREATE TABLE "two\nlines" ()`,
      `TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`,
    );
    const own = restoreTask(backup, {
      url: here.server.url(encoding),
      target: 'env:APP_URL',
      kind: here.kind,
    });
    const { entries } = await here.kind.planRestore(own);
    expect(entries).toEqual(
      expect.arrayContaining([
        { path: `public.${name}`, action: 'overwrite' },
        { path: 'public.two\nlines', action: 'overwrite' },
      ]),
    );
    await here.kind.restore(own);
    expect(await here.server.sql(`SET client_encoding = 'UTF8'; SELECT n FROM "${name}"`, encoding)).toBe(
      '1',
    );
  });

  test.each(['objects', 'collation', 'configuration', 'server', 'operator'])(
    'a database that holds %s is not empty',
    async (what) => {
      const holds: Readonly<Record<string, string>> = {
        objects: 'SELECT lo_create(1)',
        collation: 'CREATE COLLATION c FROM "C"',
        configuration: 'CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)',
        server: 'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w',
        operator: 'CREATE OPERATOR ## (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)',
      };
      const backup = await made(`from ${what}`, '');
      await make(`holds ${what}`, holds[what] ?? '');
      const task = into(backup, here.server.url(`holds ${what}`), { existing: 'refuse' });
      expect((await here.kind.planRestore(task)).entries[0]?.reason).toContain('is not empty');
    },
  );

  test('a table that became a view is overwritten', async () => {
    const backup = await made('became', 'CREATE TABLE t AS SELECT 1 AS n');
    await here.server.sql('DROP TABLE t; CREATE VIEW t AS SELECT 2 AS n', 'became');
    const own = restoreTask(backup, {
      url: here.server.url('became'),
      target: 'env:APP_URL',
      kind: here.kind,
    });
    expect((await here.kind.planRestore(own)).counts).toMatchObject({ overwrite: 1, create: 0 });
    await here.kind.restore(own);
    expect(await here.server.sql('SELECT n FROM t', 'became')).toBe('1');
  });

  test('a new database has the settings, the owner and the closed door of the one backed up [T1] [B3]', async () => {
    await make('set up', 'CREATE TABLE t ()');
    await here.server.sql(
      `ALTER DATABASE "set up" SET work_mem = '5MB'; ALTER ROLE reader IN DATABASE "set up" SET search_path = 'a, "b c"';
       ALTER DATABASE "set up" OWNER TO ordinary; REVOKE CONNECT ON DATABASE "set up" FROM PUBLIC;
       GRANT CONNECT ON DATABASE "set up" TO reader; ALTER DATABASE "set up" CONNECTION LIMIT 7;
       COMMENT ON DATABASE "set up" IS 'of the shop'`,
    );
    const backup = await backUp({ url: here.server.url('set up'), kind: here.kind });
    const facts = (name: string) =>
      here.server.sql(
        `SELECT datdba::regrole, (SELECT array_agg(acl::text ORDER BY acl::text) FROM unnest(datacl) acl), datconnlimit, shobj_description(d.oid, 'pg_database') FROM pg_database d WHERE datname = '${name}';
         SELECT setrole::regrole, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = '${name}' ORDER BY 1`,
      );
    expect(
      await here.kind.restore(
        restoreTask(backup, { url: here.server.url('set up'), target: 'set up copy', kind: here.kind }),
      ),
    ).toMatchObject({
      skippedCount: 0,
    });
    expect(await facts('set up copy')).toBe(await facts('set up'));
  });

  test('what is filled by functions without a schema is told by the backup and by the plan [B7] [B27]', async () => {
    await make(
      'fragile',
      `CREATE TABLE seen (n int); CREATE FUNCTION counts() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM seen';
       CREATE FUNCTION sound() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t (n int CHECK (n < counts()), m int CHECK (m < sound()));
       DO $$ BEGIN FOR n IN 1..2500 LOOP EXECUTE format('CREATE TABLE many_%s (id serial PRIMARY KEY)', n); END LOOP; END $$`,
    );
    const capture = { shard: { shard: 0, shards: 1, work: null }, cursor: 'whole', pool, recipient: '' };
    const sink = {
      emit: async () => undefined,
      checkpoint: async () => 'continue' as const,
      progress: () => undefined,
    };
    const own = taskOf({ url: here.server.url('fragile') });
    const { warnings } = await here.kind.capture({
      ...own,
      ...capture,
      segmentBytes: 1,
      compressionLevel: 1,
      sink,
    });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^constraint t_n_check on table "public"\."t" uses function "public"\."counts"\(\), which names things/,
      ),
    ]);
    const backup = await backUp({ url: here.server.url('fragile'), kind: here.kind });
    const plan = await here.kind.planRestore(
      into(backup, here.server.url('fragile copy'), { allOrNothing: true }),
    );
    expect(plan.warnings).toEqual([
      expect.stringContaining('will probably fail there'),
      expect.stringMatching(/^one transaction needs about \d+ locks/),
    ]);
    expect(
      (await here.kind.planRestore(into(backup, here.server.url('fragile copy')))).warnings,
    ).toHaveLength(1);
  });

  test('a pg_dump that is ended by a signal says so', async () => {
    await make('ended', bulkSql(60));
    const killed = backUp({
      url: here.server.url('ended'),
      kind: here.kind,
      onMember: async () => {
        const killer = spawn('sh', [
          '-c',
          `for p in /proc/[0-9]*; do grep -qa "dbname='ended'" $p/cmdline 2>/dev/null && grep -qa pg_dump $p/cmdline && kill -9 "\${p#/proc/}"; done`,
        ]);
        await new Promise((resolve) => killer.once('exit', resolve));
      },
    });
    expect((await failureOf(killed)).message).toContain('pg_dump was ended by the signal SIGKILL');
  });
});
