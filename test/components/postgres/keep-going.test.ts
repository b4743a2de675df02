/**
 * A restore into a new database keeps what it can and names the rest; with all or nothing, it keeps nothing.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ComponentKind } from '../../../lib/components/component-kind.ts';
import { postgresWith } from '../../../lib/components/postgres/postgres.ts';
import type { PostgresSettings } from '../../../lib/model/components/postgres.ts';
import { postgresMajors } from '../../servers/postgres-majors.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { backUp, pool, restoreTask } from './archive.ts';
import { failureOf } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(240_000);

afterAll(() => pool.close());

describeWithPostgres.each(Object.entries(postgresMajors))('on PostgreSQL %s', (major, programsOf) => {
  let server: PostgresServer;
  let kind: ComponentKind<PostgresSettings>;

  beforeAll(async () => {
    const programs = await programsOf();
    server = await startPostgresServer({ programs, settings: { wal_level: 'logical' } });
    kind = postgresWith({ toolFolders: [programs] });
  });
  afterAll(() => server.stop());

  const made = async (name: string, text: string) => {
    await server.sql(`CREATE DATABASE "${name}"`);
    await server.sql(text, name);
    return backUp({ url: server.url(name), kind });
  };
  type Made = Awaited<ReturnType<typeof made>>;
  const task = (backup: Made, name: string, options: Partial<Parameters<typeof restoreTask>[1]> = {}) =>
    restoreTask(backup, { url: server.url(name), target: `${name} copy`, kind, ...options });
  const databases = () =>
    server.sql("SELECT datname FROM pg_database WHERE datname LIKE 'holdfast %' OR datname LIKE '% copy'");

  describe('what depends on names without a schema, or on later tables', () => {
    // Since PostgreSQL 17, the queries that fill views and indexes see no names without a schema, in the
    // source as well.
    const seen = major === '17' ? ' SET search_path = public' : '';
    const EARLY = `
      CREATE TABLE later (n int); INSERT INTO later VALUES (1), (2);
      CREATE FUNCTION known() RETURNS bigint LANGUAGE sql STABLE${seen} AS 'SELECT count(*) FROM later';
      CREATE FUNCTION same(int) RETURNS int LANGUAGE plpgsql IMMUTABLE${seen} AS $$ BEGIN PERFORM known(); RETURN $1; END $$;
      CREATE MATERIALIZED VIEW filled AS SELECT known();
      CREATE FUNCTION loosely() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM later';
      CREATE TABLE checked (n int CHECK (n < loosely() * 100), m int GENERATED ALWAYS AS (same(1)) STORED);
      INSERT INTO checked VALUES (7);
      CREATE INDEX by_function ON checked (same(n));
      CREATE DOMAIN small AS int CHECK (VALUE < known() * 100);
      CREATE TABLE a_domain (n small); INSERT INTO a_domain VALUES (3);
      CREATE TABLE parts (n int) PARTITION BY RANGE (same(n));
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (4);`;

    test('all comes back in a new database: rows, views and indexes [T1] [B27]', async () => {
      const backup = await made('early', EARLY);
      const { skipped } = await kind.restore(task(backup, 'early'));
      expect(skipped).toEqual([]);
      expect(
        await server.sql(
          'SELECT * FROM filled; SELECT n, m FROM checked; SELECT n FROM a_domain; SELECT n FROM parts',
          'early copy',
        ),
      ).toBe('2\n7|1\n3\n4');
      expect(
        await server.sql("SELECT count(*) FROM pg_indexes WHERE indexname = 'by_function'", 'early copy'),
      ).toBe('1');
    });

    test('all or nothing is nothing, and says which object it was [B27]', async () => {
      const backup = await made('wholly', EARLY);
      const { message } = await failureOf(kind.restore(task(backup, 'wholly', { allOrNothing: true })));
      expect(message).toMatch(
        / copy" on .*, and nothing there was changed: (public|domain public|table data public)\.(checked|small|a_domain|parts_1): /,
      );
      expect(await databases()).not.toContain('wholly');
    });
  });

  test('what the source itself violates is named, and costs nothing else [B3] [B27]', async () => {
    const backup = await made(
      'violated',
      `CREATE TABLE parent (n int PRIMARY KEY); CREATE TABLE child (n int);
       INSERT INTO child VALUES (5); ALTER TABLE child ADD CONSTRAINT refers FOREIGN KEY (n) REFERENCES parent NOT VALID;
       UPDATE pg_constraint SET convalidated = true WHERE conname = 'refers';
       CREATE VIEW fine AS SELECT * FROM child`,
    );
    const result = await kind.restore(task(backup, 'violated'));
    expect(result).toMatchObject({ skippedCount: 1 });
    expect(result.skipped).toEqual([
      {
        path: 'fk constraint public.child refers',
        reason: expect.stringMatching(/^not restored: insert or update .* violates foreign key/),
      },
    ]);
    expect(await server.sql('SELECT * FROM fine', 'violated copy')).toBe('5');
  });

  test('where a policy cannot be made, its table is closed to all but its owner [B3]', async () => {
    await server.sql(
      'CREATE ROLE reader; CREATE ROLE visitor LOGIN PASSWORD $$visitor$$; GRANT reader TO visitor',
    );
    const backup = await made(
      'shielded',
      `CREATE TABLE shielded (n int); INSERT INTO shielded VALUES (1); GRANT SELECT ON shielded TO PUBLIC, reader;
       ALTER TABLE shielded ENABLE ROW LEVEL SECURITY;
       CREATE FUNCTION may(int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
       CREATE POLICY narrow ON shielded AS RESTRICTIVE USING (may(n)); CREATE POLICY wide ON shielded USING (true);
       CREATE TABLE open (n int); GRANT SELECT ON open TO reader`,
    );
    // A dump with a function that cannot be created, for example because its language is missing.
    const { restoreDatabase } = await import('../../../lib/components/postgres/restore/restore-database.ts');
    const { planDatabaseRestore } = await import('../../../lib/components/postgres/plan/restore-plan.ts');
    const { extractStream } = await import('../../../lib/archive/extract/extract-stream.ts');
    const own = task(backup, 'shielded');
    const open = () => extractStream({ ...own, component: 'database' });
    const plan = await planDatabaseRestore(own, open, [server.programs]);
    const entries = plan.head.entries.map((entry) =>
      entry.description === 'FUNCTION' ? { ...entry, definition: 'SELECT no_such_thing();' } : entry,
    );
    const skipped = await restoreDatabase({ ...plan, head: { ...plan.head, entries } }, open, {
      ...{ restoreId: 'restore-1', log: own.log, jobs: 4, onBytes: () => undefined },
    });
    expect(skipped.map(({ path }) => path)).toEqual([
      'function public.may(integer)',
      'policy public.shielded narrow',
    ]);
    expect(
      await server.sql(
        `SELECT has_table_privilege('visitor', 'shielded', 'SELECT'), has_table_privilege('visitor', 'open', 'SELECT')`,
        'shielded copy',
      ),
    ).toBe('f|t');
  });

  test('more objects than one transaction may lock come back [B27]', async () => {
    const backup = await made(
      'many',
      `SELECT count(lo_create(n)) FROM generate_series(20001, 36000) n;
       DO $$ BEGIN FOR n IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY)', n); END LOOP; END $$`,
    );
    expect(await kind.restore(task(backup, 'many'))).toMatchObject({ skippedCount: 0 });
    expect(await server.sql('SELECT count(*) FROM pg_largeobject_metadata', 'many copy')).toBe('16000');
  });

  describe('a new database', () => {
    test('has its name in the end, and all who could connect to any may connect to it [B3]', async () => {
      const backup = await made('named', 'CREATE TABLE t AS SELECT 1 AS n');
      await kind.restore(task(backup, 'named'));
      expect(await databases()).toContain('named copy');
      expect(await databases()).not.toContain('holdfast ');
      expect(await server.sql("SELECT datacl FROM pg_database WHERE datname = 'named copy'")).toContain(
        '=Tc/',
      );
    });

    test('is not kept when nothing of its rows is [B3]', async () => {
      const backup = await made(
        'hopeless',
        `CREATE TABLE t (n int); INSERT INTO t VALUES (1);
         CREATE FUNCTION never() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
         ALTER TABLE t ADD CHECK (never()) NOT VALID`,
      );
      // The check is part of the table's definition, so it refuses every row.
      await server.sql(
        "UPDATE pg_constraint SET convalidated = true WHERE conrelid = 't'::regclass",
        'hopeless',
      );
      const again = await backUp({ url: server.url('hopeless'), kind });
      expect(await failureOf(kind.restore(task(again, 'hopeless')))).toMatchObject({
        code: 'component_failed',
        message: expect.stringContaining('no rows of any table'),
      });
      expect(await databases()).not.toContain('hopeless');
      expect(backup.summary.entries).toBe(1);
    });
  });

  test('one that is there is not restored in part [B7]', async () => {
    const backup = await made('there', 'CREATE TABLE t ()');
    await server.sql('CREATE DATABASE "there copy"');
    const plan = await kind.planRestore(task(backup, 'there', { allOrNothing: false }));
    expect(plan).toMatchObject({ allOrNothing: false, counts: { refuse: 2 } });
    expect(plan.entries[0]?.reason).toContain('only a database that the restore creates');
    expect(await kind.planRestore(task(backup, 'there'))).toMatchObject({
      allOrNothing: true,
      counts: { refuse: 0 },
    });
  });
});

describeWithPostgres('from one server to a later one', () => {
  test('an extension that it lacks is named, with what needs it, and all else comes back [T6] [B3] [B27]', async () => {
    const [older, later] = await Promise.all(
      Object.values(postgresMajors).map(async (programsOf) =>
        startPostgresServer({ programs: await programsOf() }),
      ),
    ).then((servers) => servers.sort((a, b) => a.programs.localeCompare(b.programs)).reverse());
    if (older === undefined || later === undefined) throw new Error('two servers are needed');
    try {
      const kind = postgresWith({ toolFolders: [older.programs, later.programs] });
      await older.sql('CREATE DATABASE extended');
      await older.sql(
        `CREATE EXTENSION old_snapshot; CREATE TABLE plain AS SELECT 1 AS n;
         CREATE VIEW looks AS SELECT * FROM pg_old_snapshot_time_mapping(); GRANT SELECT ON looks TO PUBLIC`,
        'extended',
      );
      const backup = await backUp({ url: older.url('extended'), kind });
      const options = { url: older.url('extended'), target: 'env:NEW_URL', kind };
      const task = restoreTask(backup, { ...options, secrets: { NEW_URL: later.url('extended') } });
      const plan = await kind.planRestore(task);
      expect(plan.entries[0]).toMatchObject({ path: 'extension old_snapshot', action: 'skip' });
      const { skipped } = await kind.restore(task);
      expect(skipped.map(({ path }) => path)).toEqual(['extension old_snapshot', 'public.looks']);
      expect(await later.sql('SELECT n FROM plain', 'extended')).toBe('1');
      const wholly = restoreTask(backup, {
        ...options,
        allOrNothing: true,
        secrets: { NEW_URL: later.url('other') },
      });
      expect(await failureOf(kind.planRestore(wholly))).toMatchObject({ code: 'restore_refused' });
    } finally {
      await Promise.all([older.stop(), later.stop()]);
    }
  });
});
