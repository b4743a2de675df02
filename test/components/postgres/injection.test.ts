/** psql, shells and SQL treat every value of an archive, a server or a request only as a value. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { postgres } from '../../../lib/components/postgres/postgres.ts';
import { findClientTools, newestTools } from '../../../lib/components/postgres/server/client-tools.ts';
import { parseConnectionUrl } from '../../../lib/components/postgres/server/connection.ts';
import { executeBuilt, queryJson, type Session } from '../../../lib/components/postgres/server/psql.ts';
import { databaseName, sql } from '../../../lib/components/postgres/server/sql.ts';
import { testSeed } from '../../random-pieces.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { backUp, type DatabaseArchive, pool, restoreTask } from './archive.ts';
import { failureOf } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);
const seed = testSeed();
console.log(`postgres-injection: SEED=${seed}`);

describeWithPostgres('a value of an archive, a server or a request', () => {
  let server: PostgresServer;
  /** A folder in which any command that ran would have created a file. */
  let trap: string;
  let url: string;
  let small: DatabaseArchive;

  const touch = (): string => `touch ${join(trap, 'ran')}`;
  /**
   * Commands in the syntax of psql, of a shell or of SQL, each written for some place where it might be
   * executed.
   */
  const commands = (): string[] => [
    `\`${touch()}\``,
    `x' \`${touch()}\` '`,
    `x\\' \`${touch()}\` \\'`,
    `x\n\\! ${touch()}\n`,
    `\\! ${touch()}`,
    `$(${touch()})`,
    `'; \\! ${touch()}\n--`,
    `"; COPY (SELECT 1) TO PROGRAM '${touch()}'; --`,
    `'; COPY (SELECT 1) TO PROGRAM '${touch()}'; --`,
    `|${touch()}`,
    ';:\'name\':"name":name',
    '\\gexec',
    '%I %L %s %1$I',
  ];
  const session = (database: string): Session => ({
    tools: tools(),
    connection: parseConnectionUrl(server.url(database), 'a test'),
    signal: AbortSignal.timeout(60_000),
  });
  let tools: () => Session['tools'];

  beforeAll(async () => {
    server = await startPostgresServer({ settings: { allow_in_place_tablespaces: 'on' } });
    const newest = newestTools(await findClientTools());
    tools = () => newest;
    await server.sql('CREATE DATABASE small');
    await server.sql('CREATE TABLE t AS SELECT 1 AS n', 'small');
    url = server.url('small');
    small = await backUp({ url });
  });
  afterAll(async () => {
    await pool.close();
    await server.stop();
  });
  beforeAll(async () => {
    trap = await mkdtemp(join(tmpdir(), 'trap-'));
    // The server runs as another user; this gives it write access.
    execFileSync('chmod', ['777', trap]);
  });
  afterEach(async () => {
    expect(await readdir(trap)).toEqual([]);
  });
  afterAll(() => rm(trap, { recursive: true, force: true }));

  test('would run a command, were it read as psql reads its own language, and the trap would show it', async () => {
    await server.sql(`\\set x \`${touch()}\`\nSELECT 1`);
    expect(await readdir(trap)).toEqual(['ran']);
    await rm(join(trap, 'ran'));
    await server.sql(`COPY (SELECT 1) TO PROGRAM '${touch()}'`);
    expect(await readdir(trap)).toEqual(['ran']);
    await rm(join(trap, 'ran'));
  });

  describe('in the details of a signed archive', () => {
    /** The component's fields that become part of CREATE DATABASE. */
    const FIELDS = ['encoding', 'collate', 'ctype', 'localeProvider', 'locale', 'version', 'toolVersion'];
    const details = (): Record<string, unknown>[] => [
      // The archive from the original report.
      { encoding: 'UTF8\0', collate: `x\` ${touch()} \`` },
      ...FIELDS.flatMap((field) => [
        { [field]: 'C\0' },
        { [field]: 'C\nC' },
        { [field]: 'C\u001b[2J' },
        { [field]: 'C\u007f' },
        { [field]: 'C\u009b2J' },
        { [field]: 'C\u202eC' },
        { [field]: 'C\ud800' },
        ...commands().map((value) => ({ [field]: value })),
      ]),
      ...['owners', 'grantees', 'required', 'extensions', 'tablespaces'].flatMap((list) => [
        { [list]: ['a\0b'] },
        { [list]: ['half \udfff'] },
      ]),
      { database: 'a\0b' },
      { major: '15' },
      { owners: 'postgres' },
    ];

    test('is refused before anything is asked of the server, by a plan and by a restore [B8]', async () => {
      for (const hostile of details()) {
        const made = await small.withDetails(hostile);
        const task = restoreTask(made, { url, target: 'must not be made' });
        for (const refused of [postgres.planRestore(task), postgres.restore(task)]) {
          const { code, message } = await failureOf(refused);
          expect([hostile, code]).toEqual([hostile, 'restore_refused']);
          expect(message).toContain('nothing was touched');
          expect(message).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
        }
        expect(await readdir(trap)).toEqual([]);
      }
      expect(await server.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'must%'")).toBe('0');
    });

    test('is a value where names may hold anything: missing roles are named, and nothing runs', async () => {
      await server.sql('CREATE DATABASE "odd owners"; CREATE DATABASE "odd roles"');
      await server.sql('CREATE TABLE t AS SELECT 1 AS n', 'odd roles');
      const roles = commands().map((name) => Buffer.from(name).subarray(0, 63).toString());
      const withRole = async (role: string, words: string) =>
        executeBuilt(session('odd roles'), sql`SELECT pg_catalog.format(${words}, ${role})`);
      for (const role of roles) {
        await withRole(role, 'CREATE ROLE %I');
        await withRole(role, 'GRANT SELECT ON public.t TO %I');
        await withRole(role, 'CREATE SCHEMA %1$I AUTHORIZATION %1$I');
      }
      const made = await backUp({ url: server.url('odd roles') });
      for (const role of roles) {
        await withRole(role, 'DROP OWNED BY %I');
        await withRole(role, 'DROP ROLE %I');
      }
      const { skipped } = await postgres.restore(restoreTask(made, { url, target: 'odd owners' }));
      expect(new Set(skipped.map(({ path }) => path))).toEqual(new Set(roles.map((name) => `role ${name}`)));
      expect(await server.sql('SELECT n FROM t', 'odd owners')).toBe('1');
      const lacking = await small.withDetails({ extensions: [`\`${touch()}\``] });
      const kept = await postgres.restore(restoreTask(lacking, { url, target: 'without it' }));
      expect(kept.skipped).toMatchObject([{ path: expect.stringContaining('extension `touch') }]);
      const wholly = { ...restoreTask(lacking, { url, target: 'x' }), allOrNothing: true };
      expect(await failureOf(postgres.restore(wholly))).toMatchObject({
        code: 'restore_refused',
        message: expect.stringContaining('lacks the extensions `touch'),
      });
    });

    test('is known to psql as no sorting, and what it says then comes back as words', async () => {
      const made = await small.withDetails({
        collate: "People's Republic of China.936",
        ctype: 'x & (y), z',
      });
      const { code, message } = await failureOf(
        postgres.restore(restoreTask(made, { url, target: 'sorted' })),
      );
      expect(code).toBe('component_failed');
      expect(message).toMatch(/invalid (LC_COLLATE )?locale name.*create it yourself/);
    });

    test('is refused where a database would have to be made that sorts by rules not known here', async () => {
      const made = await small.withDetails({ localeProvider: 'z', locale: 'C' });
      const made2 = { url, target: 'unknown rules' };
      expect(await failureOf(postgres.planRestore(restoreTask(made, made2)))).toMatchObject({
        code: 'restore_refused',
        message: expect.stringContaining('create the database first'),
      });
    });
  });

  describe('that a server says', () => {
    test('is kept where it is a name, control characters and all: the backup works, and its restore', async () => {
      const odd = `it's "a"\n\\! ${touch()} \`${touch()}\`\u001b[2J`.slice(0, 60);
      const quoted = `"${odd.replaceAll('"', '""')}"`;
      await server.sql(`DO $do$ BEGIN EXECUTE $x$CREATE ROLE ${quoted}$x$; END $do$`);
      await server.sql('CREATE DATABASE "odd names"');
      await server.sql(`CREATE TABLESPACE ${quoted} LOCATION ''`);
      await server.sql(
        `CREATE TABLE "line\nend; 1 1259 2 TABLE public forged x" (n int) TABLESPACE ${quoted};
         INSERT INTO "line\nend; 1 1259 2 TABLE public forged x" VALUES (7);
         ALTER TABLE "line\nend; 1 1259 2 TABLE public forged x" OWNER TO ${quoted}`,
        'odd names',
      );
      const made = await backUp({ url: server.url('odd names') });
      expect(made.summary.details).toMatchObject({ tablespaces: [odd], owners: [odd] });
      const target = { url: server.url('odd names'), target: 'odd names copy' };
      const plan = await postgres.planRestore(restoreTask(made, target));
      expect(plan.entries).toEqual([
        { path: 'public.line\nend; 1 1259 2 TABLE public forged x', action: 'create' },
      ]);
      expect(await postgres.restore(restoreTask(made, target))).toMatchObject({ skippedCount: 0 });
      expect(
        await server.sql(
          `SELECT (SELECT n FROM "line\nend; 1 1259 2 TABLE public forged x"), tableowner = tablespace, tableowner = $q$${odd}$q$
           FROM pg_tables WHERE schemaname = 'public'`,
          'odd names copy',
        ),
      ).toBe('7|t|t');
      // The plan over the database itself shows that it finds a name with a line break.
      const again = await postgres.planRestore(restoreTask(made, { ...target, target: 'env:APP_URL' }));
      expect(again.counts).toMatchObject({ overwrite: 1, create: 0 });
    });

    test('fails the backup, by name, where no restore could use it', async () => {
      // Changes the catalog itself to a value that no server reports on its own.
      await server.sql('CREATE DATABASE lying');
      const column = await server.sql(
        `SELECT attname FROM pg_attribute WHERE attrelid = 'pg_database'::regclass AND attname IN ('daticulocale', 'datlocale')`,
      );
      await server.sql(`UPDATE pg_database SET ${column} = E'C\\n\\\\! ${touch()}' WHERE datname = 'lying'`);
      const { code, message } = await failureOf(backUp({ url: server.url('lying') }));
      expect(code).toBe('component_failed');
      expect(message).toMatch(/"lying".*locale: is not the name of a collation/);
    });

    test('is not asked of operators and functions that the target has put in the way', async () => {
      await server.sql('CREATE DATABASE "in the way"');
      await server.sql(
        `CREATE SCHEMA evil;
         CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil ran'; END $$;
         CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
         CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil ran'; END $$;
         CREATE FUNCTION evil.to_json(boolean) RETURNS json LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil ran'; END $$;
         ALTER DATABASE "in the way" SET search_path = evil, pg_catalog`,
        'in the way',
      );
      const own = { url: server.url('in the way') };
      await postgres.restore(restoreTask(small, { ...own, target: 'made from there' }));
      expect(await server.sql('SELECT n FROM t', 'made from there')).toBe('1');
      const { settings, secrets, log } = restoreTask(small, { ...own, target: 'env:APP_URL' });
      await postgres.cleanUp({ settings, secrets, log, target: 'env:APP_URL', restoreId: 'restore-x' });
    });
  });

  describe('that a request names as its target', () => {
    const names = (): string[] => [
      `\`${touch()}\``,
      `x' \`${touch()}\` '`,
      `\\! ${touch()}`,
      `$(${touch()})`,
      '"; DROP TABLE t; --',
      ';:\'name\':"name":name \\gexec',
      '%I %L %s %1$I',
      '--help',
      'host=203.0.113.1 dbname=x',
      "' host='203.0.113.1",
      ' ',
      '日本 🎈 \u{10ffff}',
    ];

    test('is the name of a database, and nothing else [B8]', async () => {
      for (const target of names()) {
        await postgres.restore(restoreTask(small, { url, target }));
        expect(await server.sql('SELECT n FROM t', target)).toBe('1');
      }
      const made = await server.sql(
        "SELECT encode(convert_to(datname::text, 'UTF8'), 'hex') FROM pg_database",
      );
      for (const name of names()) expect(made.split('\n')).toContain(Buffer.from(name).toString('hex'));
    });

    test('has its own bytes, whatever the encoding of the database that is asked', async () => {
      await server.sql(`CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
      await server.sql(`CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'`);
      // Bytes that are not valid UTF-8, which such a database may hold.
      await server.sql(`DO $$ BEGIN EXECUTE 'CREATE TABLE "' || chr(233) || '" ()'; END $$`, 'ascii');
      for (const [own, target] of [
        ['latin', 'grün'],
        ['ascii', 'größer'],
      ] as const) {
        const task = restoreTask(small, { url: server.url(own), target });
        expect(await postgres.planRestore(task)).toMatchObject({ counts: { create: 1 } });
        await postgres.restore(task);
        expect(await server.sql('SELECT n FROM t', target)).toBe('1');
        expect(await server.sql(`SELECT count(*) FROM pg_database WHERE datname = '${target}'`)).toBe('1');
        const onto = restoreTask(small, { url: server.url(own), target: own, existing: 'refuse' });
        expect(await postgres.planRestore(onto)).toBeDefined();
      }
    });
  });

  describe('that a secret holds', () => {
    test('reaches the programs as what it is: user, password, and the words of parameters', async () => {
      const user = `it's "a" \\ \`touch ran\` = @:/?#&% é`;
      const password = `${user} \`${touch()}\` ' \n`;
      await executeBuilt(
        session('small'),
        sql`SELECT pg_catalog.format('CREATE ROLE %I LOGIN CREATEDB PASSWORD %L', ${user}, ${password})`,
      );
      const name = `x' \\ "y" = $(${touch()})`.slice(0, 63);
      const query = new URLSearchParams({
        application_name: name,
        options: '-c work_mem=5MB -c TimeZone=UTC',
      });
      const own =
        `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${server.port}` +
        `/postgres?${query.toString().replaceAll('+', '%20')}`;
      const connection = parseConnectionUrl(own, 'a test');
      const answer = await queryJson(
        { ...session('small'), connection },
        z.array(z.string()),
        sql`SELECT json_build_array(current_user, current_setting('application_name'), current_setting('work_mem'))`,
      );
      expect(answer).toEqual([user, name, '5MB']);
      await postgres.restore(restoreTask(small, { url: own, target: 'of an odd user' }));
      expect(await server.sql('SELECT n FROM t', 'of an odd user')).toBe('1');
    });
  });

  test('comes to a server and back as it is, in every encoding that can say it', async () => {
    await server.sql(`CREATE DATABASE latin9 TEMPLATE template0 ENCODING 'LATIN9' LOCALE 'C'`);
    const ask = (database: string, value: string): Promise<string> =>
      queryJson(session(database), z.string(), sql`SELECT to_json(${value})`);
    // psql does not print some of the last characters, and one database cannot represent any of them.
    const latin = [...`\`'"\\:;\n\r\t\u001b\u007f\u009b$%|&{}() aé€`];
    const beyond = ['日', '🎈', '\u202e', '\ufffe', '\uffff', '\ufdd0', '\u{10ffff}'];
    const textOf = (unit: string[]) => fc.string({ unit: fc.constantFrom(...unit), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(textOf(latin), textOf([...latin, ...beyond]), async (narrow, wide) => {
        const command = `\`${touch()}\``;
        expect(await ask('latin9', narrow + command)).toBe(narrow + command);
        expect(await ask('small', wide + command)).toBe(wide + command);
      }),
      { seed, numRuns: 20 },
    );
    for (const value of commands()) expect(await ask('small', value)).toBe(value);
    // A text that the database cannot represent is refused, not changed.
    expect(await failureOf(ask('latin9', '日本'))).toMatchObject({ code: 'component_failed' });
  });

  test('is quoted by the server itself, and what that answers is sent back unread', async () => {
    for (const value of commands()) {
      const wanted = value.slice(0, 60);
      await executeBuilt(
        session('small'),
        sql`SELECT pg_catalog.format('COMMENT ON DATABASE %I IS %L', ${databaseName('small')}, ${wanted})`,
      );
      expect(
        await queryJson(
          session('small'),
          z.string(),
          sql`SELECT to_json(shobj_description(oid, 'pg_database')) FROM pg_database WHERE datname = 'small'`,
        ),
      ).toBe(wanted);
    }
  });
});
