/**
 * Permissions that the restoring user lacks, and event triggers of the target: the plan names them before the
 * restore tries anything.
 */
import { afterAll, expect, jest, test } from '@jest/globals';
import { backUp, type DatabaseArchive, pool, restoreTask } from './archive.ts';
import { describeOnMajors } from './on-majors.ts';
import { failureOf } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

afterAll(() => pool.close());

const SERVER = {
  sql: "CREATE ROLE ordinary LOGIN CREATEDB PASSWORD 'ordinary'; CREATE ROLE app; GRANT app TO ordinary",
};

describeOnMajors(SERVER, (here) => {
  const { made } = here;
  const into = (backup: DatabaseArchive, name: string, user = 'postgres', options = {}) => {
    const url = here.server.url(name);
    const NEW_URL = user === 'postgres' ? url : url.replace(/\/\/[^@]*@/, `//${user}:${user}@`);
    return restoreTask(backup, {
      url,
      target: 'env:NEW_URL',
      kind: here.kind,
      secrets: { NEW_URL },
      ...options,
    });
  };
  const refused = async (task: ReturnType<typeof into>): Promise<string[]> =>
    (await here.kind.planRestore(task)).entries
      .filter(({ action }) => action === 'refuse')
      .map(({ path }) => path)
      .sort();

  const RAISES = `CREATE FUNCTION raises() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no changes today'; END $$;`;
  const TRIGGERS = 'SELECT evtname, evtenabled FROM pg_event_trigger ORDER BY 1';

  test('event triggers of the target are off during a restore over it, and as they were afterwards [T1] [B7] [B27]', async () => {
    const backup = await made(
      'guarded',
      `CREATE TABLE t AS SELECT 1 AS n; CREATE MATERIALIZED VIEW m AS SELECT n FROM t; CREATE SCHEMA s; CREATE TABLE s.t (n int)`,
    );
    await here.server.sql(
      `UPDATE t SET n = 2; CREATE SCHEMA apart; SET search_path = apart; ${RAISES}
       CREATE EVENT TRIGGER "starts ""it""" ON ddl_command_start EXECUTE FUNCTION raises();
       CREATE EVENT TRIGGER drops ON sql_drop EXECUTE FUNCTION raises(); ALTER EVENT TRIGGER drops ENABLE ALWAYS;
       CREATE EVENT TRIGGER off ON ddl_command_end EXECUTE FUNCTION raises(); ALTER EVENT TRIGGER off DISABLE`,
      'guarded',
    );
    const before = await here.server.sql(TRIGGERS, 'guarded');
    const { warnings } = await here.kind.planRestore(into(backup, 'guarded'));
    expect(warnings).toEqual([
      'event trigger drops: it is switched off during the restore, and on again at its end',
      'event trigger starts "it": it is switched off during the restore, and on again at its end',
    ]);
    await here.kind.restore(into(backup, 'guarded'));
    expect(await here.server.sql('SELECT n FROM t; SELECT n FROM m', 'guarded')).toBe('1\n1');
    expect(await here.server.sql(TRIGGERS, 'guarded')).toBe(before);
  });

  test('event triggers that the dump has, too, are as they were in it [T1] [B27]', async () => {
    const backup = await made(
      'watched',
      `CREATE TABLE t AS SELECT 1 AS n; ${RAISES} CREATE EVENT TRIGGER guard ON ddl_command_end EXECUTE FUNCTION raises()`,
    );
    // An object that the dump does not contain makes the restore use one transaction.
    await here.server.sql('ALTER EVENT TRIGGER guard DISABLE; CREATE TABLE apart ()', 'watched');
    await here.server.sql('ALTER EVENT TRIGGER guard ENABLE ALWAYS; UPDATE t SET n = 2', 'watched');
    await here.kind.restore(into(backup, 'watched'));
    expect(await here.server.sql(`SELECT n FROM t; ${TRIGGERS}`, 'watched')).toBe('1\nguard|O');
  });

  test('an event trigger that the user may not switch off is named, and nothing is changed where it fails [B7] [B27]', async () => {
    await here.server.sql('CREATE DATABASE stern OWNER ordinary');
    await here.server.sql('SET ROLE ordinary; CREATE TABLE t AS SELECT 1 AS n', 'stern');
    const backup = await backUp({ url: here.server.url('stern'), kind: here.kind });
    await here.server.sql(
      `UPDATE t SET n = 2; CREATE SCHEMA apart; SET search_path = apart; ${RAISES}
       CREATE EVENT TRIGGER guard ON sql_drop EXECUTE FUNCTION raises()`,
      'stern',
    );
    const { warnings } = await here.kind.planRestore(into(backup, 'stern', 'ordinary'));
    expect(warnings).toEqual([
      expect.stringMatching(/^event trigger guard: "ordinary" may not switch it off, so it runs with each/),
    ]);
    const { message } = await failureOf(here.kind.restore(into(backup, 'stern', 'ordinary')));
    expect(message).toContain('no changes today');
    expect(await here.server.sql(`SELECT n FROM public.t; ${TRIGGERS}`, 'stern')).toBe('2\nguard|O');
    await here.server.sql(
      'CREATE OR REPLACE FUNCTION apart.raises() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
      'stern',
    );
    await here.kind.restore(into(backup, 'stern', 'ordinary'));
    expect(await here.server.sql('SELECT n FROM t', 'stern')).toBe('1');
  });

  const KINDS = `
    CREATE TYPE mood AS ENUM ('ok'); CREATE DOMAIN small AS int; CREATE COLLATION plain FROM "C";
    CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION search (COPY = simple);
    CREATE OPERATOR ## (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
    CREATE TABLE t (n int, m int); CREATE STATISTICS about ON n, m FROM t; CREATE SEQUENCE numbers;
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW v AS SELECT n FROM t;
    CREATE PUBLICATION part FOR TABLE t; SELECT lo_create(4711);`;
  const NAMES = [
    ...['collation public.plain', 'conversion public.latin', 'domain public.small', 'function public.f()'],
    ...[
      'large object 4711',
      'operator public.##',
      'public.numbers',
      'public.t',
      'public.v',
      'publication part',
    ],
    ...['statistics public.about', 'text search configuration public.search'],
    ...['text search dictionary public.words', 'type public.mood'],
  ];

  test('what belongs to somebody else is refused, of whatever kind it is [B7] [B27]', async () => {
    const backup = await made(
      'owned',
      `${KINDS} GRANT CREATE ON SCHEMA public TO ordinary; GRANT CREATE ON DATABASE owned TO ordinary`,
    );
    const task = into(backup, 'owned', 'ordinary');
    expect(await refused(task)).toEqual(NAMES);
    expect(await failureOf(here.kind.restore(task))).toMatchObject({ code: 'restore_refused' });
  });

  test('what only a superuser may make, or who may make things in the database, is refused at once [B7] [B27]', async () => {
    const backup = await made(
      'mighty',
      `CREATE SCHEMA s; CREATE PUBLICATION whole FOR ALL TABLES; CREATE PUBLICATION part; CREATE EXTENSION citext;
       CREATE FUNCTION raw() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
       CREATE FUNCTION tight() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'; CREATE TYPE shell;
       CREATE FOREIGN DATA WRAPPER w; CREATE FUNCTION " LANGUAGE c "() RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE TABLE given (n int); ALTER TABLE given OWNER TO app`,
    );
    await here.server.sql('CREATE DATABASE shut');
    await here.server.sql('GRANT CREATE ON SCHEMA public TO ordinary', 'shut');
    const forSuperusers = [
      ...['foreign data wrapper w', 'function public.raw()', 'function public.tight()'],
      ...['public.given', 'publication whole', 'type public.shell'],
    ];
    expect(await refused(into(backup, 'shut', 'ordinary'))).toEqual(
      [...forSuperusers, 'extension citext', 'publication part', 'schema s'].sort(),
    );
    expect(await refused(into(backup, 'fresh', 'ordinary', { allOrNothing: true }))).toEqual(forSuperusers);
    expect(await refused(into(backup, 'shut'))).toEqual([]);
  });
});
