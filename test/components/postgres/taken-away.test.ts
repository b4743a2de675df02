/**
 * A restore removes nothing and makes nothing accessible unless its plan names it; and a backup names what it
 * does not contain.
 */
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { extractStream } from '../../../lib/archive/extract/extract-stream.ts';
import { planDatabaseRestore } from '../../../lib/components/postgres/plan/restore-plan.ts';
import { restoreDatabase } from '../../../lib/components/postgres/restore/restore-database.ts';
import type { PostgresSettings } from '../../../lib/model/components/postgres.ts';
import { startPostgresServer } from '../../servers/postgres-server.ts';
import { pool, restoreTask, taskOf } from './archive.ts';
import { describeOnMajors } from './on-majors.ts';
import { failureOf } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

afterAll(() => pool.close());

const SERVER = {
  settings: { wal_level: 'logical' },
  sql: "CREATE ROLE app; CREATE ROLE reader; CREATE ROLE stranger LOGIN PASSWORD 'stranger'",
};

describeOnMajors(SERVER, (here) => {
  const { made } = here;
  type Made = Awaited<ReturnType<typeof here.made>>;
  const task = (backup: Made, name: string, options: Partial<Parameters<typeof restoreTask>[1]> = {}) =>
    restoreTask(backup, { url: here.server.url(name), target: 'env:APP_URL', kind: here.kind, ...options });
  const planned = async (backup: Made, name: string, options = {}) => {
    const { entries, counts } = await here.kind.planRestore(task(backup, name, options));
    const named = (action: string) =>
      entries
        .filter((e) => e.action === action)
        .map(({ path }) => path)
        .sort();
    return { entries, counts, named };
  };

  describe('overwriting', () => {
    const BASE = `
      CREATE TABLE p (n int NOT NULL) PARTITION BY RANGE (n);
      CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
      CREATE TABLE t (n int PRIMARY KEY, word text CHECK (word <> ''));
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
      CREATE TYPE mood AS ENUM ('ok');
      INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 'old');
      GRANT SELECT ON t TO reader;`;
    const HANGS_ON = `
      CREATE TABLE pd PARTITION OF p DEFAULT; INSERT INTO p VALUES (99);
      CREATE TRIGGER later BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
      CREATE PUBLICATION outside FOR TABLE t;
      CREATE SEQUENCE counter OWNED BY t.n;
      GRANT UPDATE ON t TO reader; GRANT SELECT (word) ON t TO app;
      ALTER TABLE t ADD COLUMN more text DEFAULT 'new';
      CREATE INDEX quick ON t (word);
      ALTER TABLE t ADD CONSTRAINT small CHECK (n < 100);
      CREATE POLICY mine ON t USING (true);
      ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
      CREATE STATISTICS about ON n, word FROM t;
      CREATE RULE quiet AS ON DELETE TO t DO INSTEAD NOTHING;`;
    const VANISHING = [
      'column more of public.t',
      'constraint small on public.t',
      'forced row level security of public.t',
      'index public.quick',
      'membership of public.t in publication outside',
      'policy mine on public.t',
      'privilege SELECT of app on column word of TABLE public.t',
      'privilege UPDATE of reader on TABLE public.t',
      'public.counter',
      'public.pd',
      'row level security of public.t',
      'rule quiet on public.t',
      'statistics public.about',
      'trigger later on public.t',
    ];

    test('is refused where newer things hang on what it drops, and each is named [B7] [B27]', async () => {
      const backup = await made('hangs', BASE);
      await here.server.sql(HANGS_ON, 'hangs');
      const { named, entries } = await planned(backup, 'hangs');
      expect(named('refuse')).toEqual(VANISHING);
      expect(entries[0]?.reason).toMatch(/is lost when .* is overwritten; --allow-drop allows that/);
      expect(await failureOf(here.kind.restore(task(backup, 'hangs')))).toMatchObject({
        code: 'restore_refused',
        message: expect.stringContaining('14 refused'),
      });
      expect(await here.server.sql('SELECT n FROM pd', 'hangs')).toBe('99');
    });

    test('drops what its plan names when that is allowed, and nothing else [B7] [B27]', async () => {
      const backup = await made('allowed', BASE);
      await here.server.sql(
        `${HANGS_ON} CREATE TABLE apart AS SELECT 7 AS n; CREATE SCHEMA later; CREATE TABLE later.t ()`,
        'allowed',
      );
      const { named, counts } = await planned(backup, 'allowed', { allowDrop: true });
      expect(named('drop')).toEqual(VANISHING);
      expect(counts).toMatchObject({ drop: 14, refuse: 0, overwrite: 5 });
      await here.kind.restore(task(backup, 'allowed', { allowDrop: true }));
      expect(
        await here.server.sql('SELECT count(*) FROM p; SELECT * FROM t; SELECT n FROM apart', 'allowed'),
      ).toBe('1\n1|old\n7');
      expect(await here.server.sql("SELECT count(*) FROM pg_class WHERE relname = 'pd'", 'allowed')).toBe(
        '0',
      );
      // Plans over the result once more.
      expect((await planned(backup, 'allowed')).counts).toMatchObject({ refuse: 0 });
    });

    test('is refused while newer objects depend on what it drops, whatever is allowed [B7]', async () => {
      const backup = await made('depended', BASE);
      await here.server.sql(
        `CREATE VIEW looks AS SELECT n FROM t;
         CREATE TABLE refers (n int REFERENCES t);
         CREATE TABLE typed (feeling mood);
         CREATE TABLE elsewhere (n int);
         CREATE TRIGGER later BEFORE UPDATE ON elsewhere FOR EACH ROW EXECUTE FUNCTION touch();`,
        'depended',
      );
      const { named } = await planned(backup, 'depended', { allowDrop: true });
      expect(named('refuse')).toEqual([
        'column feeling of public.typed',
        'constraint refers_n_fkey on public.refers',
        'public.looks',
        'trigger later on public.elsewhere',
      ]);
    });

    test('names newer privileges of whatever kind of object, and no others [B7] [B27]', async () => {
      const backup = await made(
        'granted',
        `CREATE TYPE mood AS ENUM ('ok'); CREATE DOMAIN small AS int; CREATE FOREIGN DATA WRAPPER w;
         CREATE SERVER far FOREIGN DATA WRAPPER w; CREATE SEQUENCE numbers; CREATE SCHEMA s;
         CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION f() TO reader;
         CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION g() FROM PUBLIC;
         GRANT USAGE ON TYPE mood TO reader; GRANT USAGE ON FOREIGN SERVER far TO reader;
         GRANT USAGE ON FOREIGN DATA WRAPPER w TO reader; REVOKE USAGE ON TYPE small FROM PUBLIC;
         SELECT lo_create(n) FROM generate_series(4711, 4714) n;
         DO $$ BEGIN FOR n IN 4711..4714 LOOP EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO reader', n); END LOOP; END $$`,
      );
      expect((await planned(backup, 'granted')).counts).toMatchObject({ refuse: 0 });
      await here.server.sql(
        `GRANT USAGE ON TYPE mood TO app; GRANT USAGE ON TYPE small TO app; GRANT USAGE ON FOREIGN SERVER far TO app;
         GRANT USAGE ON FOREIGN DATA WRAPPER w TO app; GRANT USAGE ON SEQUENCE numbers TO app;
         GRANT UPDATE ON LARGE OBJECT 4713 TO app; GRANT USAGE ON SCHEMA s TO app;
         GRANT EXECUTE ON FUNCTION g() TO PUBLIC`,
        'granted',
      );
      const newer = [
        'privilege EXECUTE of PUBLIC on FUNCTION public.g()',
        'privilege UPDATE of app on large object 4713',
        'privilege USAGE of app on FOREIGN DATA WRAPPER w',
        'privilege USAGE of app on FOREIGN SERVER far',
        'privilege USAGE of app on SEQUENCE public.numbers',
        'privilege USAGE of app on TYPE public.mood',
        'privilege USAGE of app on TYPE public.small',
      ];
      expect((await planned(backup, 'granted')).named('refuse')).toEqual(newer);
      expect((await planned(backup, 'granted', { allowDrop: true })).named('drop')).toEqual(newer);
      await here.kind.restore(task(backup, 'granted', { allowDrop: true }));
      // The schema stays, and so do the privileges on it.
      expect(
        await here.server.sql(
          "SELECT has_type_privilege('reader', 'mood', 'USAGE'), has_type_privilege('app', 'small', 'USAGE'), has_schema_privilege('app', 's', 'USAGE')",
          'granted',
        ),
      ).toBe('t|f|t');
    });

    test('does not go on where something has come to hang on it since it was planned', async () => {
      const backup = await made('raced', BASE);
      // An object that the dump does not contain makes the restore use one transaction.
      await here.server.sql('CREATE TABLE apart ()', 'raced');
      const racing = task(backup, 'raced');
      const open = () => extractStream({ ...racing, component: 'database' });
      const plan = await planDatabaseRestore(racing, open, [here.server.programs]);
      await here.server.sql('CREATE TABLE pd PARTITION OF p DEFAULT; INSERT INTO p VALUES (99)', 'raced');
      const { message } = await failureOf(
        restoreDatabase(plan, open, { restoreId: 'r', log: racing.log, jobs: 4, onBytes: () => undefined }),
      );
      expect(message).toContain('was not planned: RELATION "public"."pd"');
      expect(await here.server.sql('SELECT n FROM pd', 'raced')).toBe('99');
    });
  });

  describe('large objects, functions and types', () => {
    test('stand in the plan, and one of the same number in another database is not replaced unasked [B7]', async () => {
      const backup = await made(
        'numbered',
        `SELECT lo_from_bytea(4711, 'mine'); CREATE TABLE t ();
         CREATE FUNCTION f(int, text[]) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE mood AS ENUM ();
         CREATE AGGREGATE most(int) (SFUNC = int4larger, STYPE = int)`,
      );
      await here.server.sql('CREATE DATABASE unrelated');
      await here.server.sql(`SELECT lo_from_bytea(4711, 'theirs'); CREATE TABLE other ()`, 'unrelated');
      const plan = await planned(backup, 'unrelated');
      expect(plan.named('create')).toEqual([
        'aggregate public.most(integer)',
        'function public.f(integer, text[])',
        'public.t',
        'type public.mood',
      ]);
      expect(plan.named('overwrite')).toEqual(['large object 4711']);
      expect(plan.named('refuse')).toEqual(['large object 4711']);
      await failureOf(here.kind.restore(task(backup, 'unrelated')));
      expect(await here.server.sql("SELECT convert_from(lo_get(4711), 'UTF8')", 'unrelated')).toBe('theirs');
      // In its own database, the large object is the same one.
      const own = await planned(backup, 'numbered');
      expect(own.named('overwrite')).toContain('large object 4711');
      expect(own.counts.refuse).toBe(0);
    });
  });

  describe('privileges', () => {
    /** What any role may do with the function and the tables. */
    const RIGHTS = `SELECT has_function_privilege('stranger', 'secret()', 'EXECUTE'),
      has_table_privilege('stranger', 'private', 'SELECT'), has_table_privilege('reader', 'shared', 'SELECT')`;
    const SECRET = `
      CREATE FUNCTION secret() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT current_user::text $$;
      REVOKE ALL ON FUNCTION secret() FROM PUBLIC; GRANT EXECUTE ON FUNCTION secret() TO reader;
      CREATE TABLE private (n int); CREATE TABLE shared (n int); GRANT SELECT ON shared TO reader;`;

    test('of one missing role are left out alone: what was closed stays closed [B3]', async () => {
      await here.server.sql('CREATE ROLE absent');
      const backup = await made('closed', `${SECRET} GRANT INSERT ON shared TO absent`);
      await here.server.sql('DROP OWNED BY absent', 'closed');
      await here.server.sql('DROP ROLE absent');
      const { skipped } = await here.kind.restore(task(backup, 'closed', { target: 'closed copy' }));
      expect(skipped).toEqual([{ path: 'role absent', reason: expect.stringContaining('(statements: 1)') }]);
      expect(await here.server.sql(RIGHTS, 'closed copy')).toBe('f|f|t');
    });

    test('of an owner who is missing do not become those of the restoring superuser [B3]', async () => {
      await here.server.sql('CREATE ROLE departed');
      const backup = await made(
        'orphaned',
        `${SECRET} GRANT EXECUTE ON FUNCTION secret() TO PUBLIC;
         CREATE VIEW window_on AS SELECT * FROM private; GRANT SELECT ON window_on TO PUBLIC;
         ALTER FUNCTION secret() OWNER TO departed; ALTER VIEW window_on OWNER TO departed;
         ALTER TABLE private OWNER TO departed`,
      );
      await here.server.sql('DROP OWNED BY departed CASCADE', 'orphaned');
      await here.server.sql('DROP ROLE departed');
      const { skipped } = await here.kind.restore(task(backup, 'orphaned', { target: 'orphaned copy' }));
      expect(skipped.map(({ path }) => path)).toEqual([
        'role departed',
        'function public.secret()',
        'public.window_on',
      ]);
      const who = (sql: string): Promise<string> =>
        here.server.sql(`SET SESSION AUTHORIZATION stranger; ${sql}`, 'orphaned copy');
      expect(await who('SELECT secret()')).toBe('stranger');
      await expect(who('SELECT * FROM window_on')).rejects.toThrow('permission denied for view window_on');
    });

    test('that the target grants by default are not granted on what is restored [B3]', async () => {
      const backup = await made('by default', `${SECRET} CREATE SCHEMA s; CREATE TABLE s.t ()`);
      const before = await here.server.sql(RIGHTS, 'by default');
      const DEFAULTS = `
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT INSERT ON TABLES TO stranger WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
        ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO stranger`;
      const kept = 'SELECT defaclnamespace, defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 1, 2';
      await here.server.sql(DEFAULTS, 'by default');
      const defaults = await here.server.sql(kept, 'by default');
      await here.kind.restore(task(backup, 'by default'));
      expect(await here.server.sql(RIGHTS, 'by default')).toBe(before);
      expect(
        await here.server.sql(
          "SELECT count(*) FROM pg_class WHERE relname IN ('private', 't') AND relacl IS NOT NULL",
          'by default',
        ),
      ).toBe('0');
      expect(await here.server.sql(kept, 'by default')).toBe(defaults);
    });
  });

  describe('a standby', () => {
    test('has no rows of unlogged tables: the backup says so, or fails, as configured [U4] [B3]', async () => {
      await here.server.sql('CREATE DATABASE streamed');
      await here.server.sql(
        'CREATE UNLOGGED TABLE fleeting AS SELECT 1 AS n; CREATE TABLE lasting AS SELECT 2 AS n',
        'streamed',
      );
      const standby = await startPostgresServer({ programs: here.server.programs, standbyOf: here.server });
      try {
        const capture = async (url: string, onUnlogged: PostgresSettings['onUnlogged']) => {
          const own = taskOf({ url });
          return here.kind.capture({
            ...own,
            settings: { ...own.settings, onUnlogged },
            ...{ shard: { shard: 0, shards: 1, work: null }, cursor: 'whole', pool, recipient: '' },
            ...{ segmentBytes: 1, compressionLevel: 1 },
            sink: {
              emit: async () => undefined,
              checkpoint: async () => 'continue',
              progress: () => undefined,
            },
          });
        };
        const there = standby.url('streamed');
        const doubt = expect.stringMatching(/^the rows of table public\.fleeting are not in the backup/);
        expect((await capture(there, 'partial')).doubts).toEqual([doubt]);
        expect(await capture(there, 'allow')).toMatchObject({ warnings: [doubt] });
        expect(await failureOf(capture(there, 'fail'))).toMatchObject({ code: 'component_failed' });
        expect((await capture(here.server.url('streamed'), 'partial')).doubts).toEqual([]);
      } finally {
        await standby.stop();
      }
    });
  });
});
