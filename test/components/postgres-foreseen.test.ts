/** What a restore needs of a server and a user, and what it does with the database itself: said beforehand, by name. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ComponentKind } from '../../lib/components/component-kind.ts';
import { postgresWith } from '../../lib/components/postgres/postgres.ts';
import type { PostgresSettings } from '../../lib/model/config.ts';
import { postgresMajors } from '../postgres-majors.ts';
import { describeWithPostgres, type PostgresServer, startPostgresServer } from '../postgres-server.ts';
import { backUp, pool, restoreTask, taskOf } from './postgres-archive.ts';
import { bulkSql, failureOf } from './postgres-sample.ts';

// Real servers on a machine that others may be using: far more than is ever needed.
jest.setTimeout(240_000);

afterAll(() => pool.close());

describeWithPostgres.each(Object.entries(postgresMajors))('on PostgreSQL %s', (_major, programsOf) => {
  let server: PostgresServer;
  let kind: ComponentKind<PostgresSettings>;

  beforeAll(async () => {
    const programs = await programsOf();
    server = await startPostgresServer({ programs });
    kind = postgresWith({ toolFolders: [programs] });
    await server.sql("CREATE ROLE ordinary LOGIN CREATEDB PASSWORD 'ordinary'; CREATE ROLE reader");
  });
  afterAll(() => server.stop());

  const make = async (name: string, text: string, options = ''): Promise<void> => {
    await server.sql(`CREATE DATABASE "${name}" ${options}`);
    await server.sql(text, name);
  };
  const made = async (name: string, text: string, options = '') => {
    await make(name, text, options);
    return backUp({ url: server.url(name), kind });
  };
  const as = (user: string, database: string): string =>
    server.url(database).replace(`postgres:${server.password}`, `${user}:${user}`);
  type Made = Awaited<ReturnType<typeof made>>;
  const into = (backup: Made, url: string, options = {}) =>
    restoreTask(backup, {
      url: server.url(),
      target: 'env:NEW_URL',
      kind,
      secrets: { NEW_URL: url },
      ...options,
    });

  test('an ordinary owner keeps the grants beside an extension that has an administrator [B3] [B7]', async () => {
    await make(
      'owned',
      'CREATE EXTENSION citext; GRANT CREATE ON SCHEMA public TO ordinary',
      'OWNER ordinary',
    );
    await server.sql(
      'SET ROLE ordinary; CREATE TABLE t (word citext); GRANT SELECT ON t TO reader; RESET ROLE',
      'owned',
    );
    const backup = await backUp({ url: as('ordinary', 'owned'), kind });
    const own = into(backup, as('ordinary', 'owned'));
    expect((await kind.planRestore(own)).counts).toMatchObject({ refuse: 0, skip: 0 });
    expect(await kind.restore(own)).toMatchObject({ skippedCount: 0 });
    const fresh = into(backup, as('ordinary', 'owned copy'));
    expect(await kind.restore(fresh)).toMatchObject({ skippedCount: 0 });
    for (const database of ['owned', 'owned copy'])
      expect(await server.sql("SELECT has_table_privilege('reader', 't', 'SELECT')", database)).toBe('t');
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
    const { entries } = await kind.planRestore(into(backup, as('ordinary', 'of another')));
    expect(entries.filter(({ action }) => action === 'refuse')).toEqual([
      { path: 'public.t', action: 'refuse', reason: expect.stringContaining('belongs to "postgres"') },
      {
        path: 'public.u',
        action: 'refuse',
        reason: expect.stringContaining('may not make anything in the schema "public"'),
      },
    ]);
    const fresh = into(backup, as('ordinary', 'rightful copy'));
    expect((await kind.planRestore(fresh)).entries).toContainEqual({
      path: 'extension pageinspect',
      action: 'skip',
      reason: expect.stringContaining('only a superuser'),
    });
    expect((await kind.restore(fresh)).skipped.map(({ path }) => path)).toContain('extension pageinspect');
    expect(await failureOf(kind.planRestore({ ...fresh, allOrNothing: true }))).toMatchObject({
      code: 'restore_refused',
    });
    await server.sql(
      'ALTER ROLE ordinary SET default_transaction_read_only = on; ALTER ROLE ordinary SET statement_timeout = 1',
    );
    const refused = await failureOf(kind.planRestore(into(backup, as('ordinary', 'not there'))));
    await server.sql('ALTER ROLE ordinary RESET ALL');
    expect(refused.message).toContain('sessions of "ordinary" are read only there');
  });

  test("a role's short patience and narrow encoding do not count [U1]", async () => {
    await make('impatient', "CREATE TABLE t AS SELECT '€ 日本' AS word");
    await server.sql(
      "ALTER ROLE ordinary SET statement_timeout = 1; ALTER ROLE ordinary SET client_encoding = 'LATIN1'; GRANT SELECT ON t TO ordinary",
      'impatient',
    );
    const backup = await backUp({ url: as('ordinary', 'impatient'), kind });
    await kind.restore(into(backup, as('ordinary', 'impatient copy')));
    await server.sql('ALTER ROLE ordinary RESET ALL');
    expect(await server.sql('SELECT word FROM t', 'impatient copy')).toBe('€ 日本');
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
    const own = restoreTask(backup, { url: server.url(encoding), target: 'env:APP_URL', kind });
    const { entries } = await kind.planRestore(own);
    expect(entries).toEqual(
      expect.arrayContaining([
        { path: `public.${name}`, action: 'overwrite' },
        { path: 'public.two\nlines', action: 'overwrite' },
      ]),
    );
    await kind.restore(own);
    expect(await server.sql(`SET client_encoding = 'UTF8'; SELECT n FROM "${name}"`, encoding)).toBe('1');
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
      const task = into(backup, server.url(`holds ${what}`), { existing: 'refuse' });
      expect((await kind.planRestore(task)).entries[0]?.reason).toContain('is not empty');
    },
  );

  test('a table that became a view is overwritten', async () => {
    const backup = await made('became', 'CREATE TABLE t AS SELECT 1 AS n');
    await server.sql('DROP TABLE t; CREATE VIEW t AS SELECT 2 AS n', 'became');
    const own = restoreTask(backup, { url: server.url('became'), target: 'env:APP_URL', kind });
    expect((await kind.planRestore(own)).counts).toMatchObject({ overwrite: 1, create: 0 });
    await kind.restore(own);
    expect(await server.sql('SELECT n FROM t', 'became')).toBe('1');
  });

  test('a new database has the settings, the owner and the closed door of the one backed up [T1] [B3]', async () => {
    await make('set up', 'CREATE TABLE t ()');
    await server.sql(
      `ALTER DATABASE "set up" SET work_mem = '5MB'; ALTER ROLE reader IN DATABASE "set up" SET search_path = 'a, "b c"';
       ALTER DATABASE "set up" OWNER TO ordinary; REVOKE CONNECT ON DATABASE "set up" FROM PUBLIC;
       GRANT CONNECT ON DATABASE "set up" TO reader; ALTER DATABASE "set up" CONNECTION LIMIT 7;
       COMMENT ON DATABASE "set up" IS 'of the shop'`,
    );
    const backup = await backUp({ url: server.url('set up'), kind });
    const facts = (name: string) =>
      server.sql(
        `SELECT datdba::regrole, (SELECT array_agg(acl::text ORDER BY acl::text) FROM unnest(datacl) acl), datconnlimit, shobj_description(d.oid, 'pg_database') FROM pg_database d WHERE datname = '${name}';
         SELECT setrole::regrole, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = '${name}' ORDER BY 1`,
      );
    expect(
      await kind.restore(restoreTask(backup, { url: server.url('set up'), target: 'set up copy', kind })),
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
    const own = taskOf({ url: server.url('fragile') });
    const { warnings } = await kind.capture({
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
    const backup = await backUp({ url: server.url('fragile'), kind });
    const plan = await kind.planRestore(into(backup, server.url('fragile copy'), { allOrNothing: true }));
    expect(plan.warnings).toEqual([
      expect.stringContaining('will probably fail there'),
      expect.stringMatching(/^one transaction needs about \d+ locks/),
    ]);
    expect((await kind.planRestore(into(backup, server.url('fragile copy')))).warnings).toHaveLength(1);
  });

  test('a pg_dump that is ended by a signal says so', async () => {
    await make('ended', bulkSql(60));
    const killed = backUp({
      url: server.url('ended'),
      kind,
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
