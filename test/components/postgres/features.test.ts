/**
 * Restores the feature database in every way that people use: nothing is lost, made accessible or removed
 * without a report.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ComponentKind } from '../../../lib/components/component-kind.ts';
import { postgresWith } from '../../../lib/components/postgres/postgres.ts';
import type { PostgresSettings } from '../../../lib/model/components/postgres.ts';
import { postgresMajors } from '../../servers/postgres-majors.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { backUp, type DatabaseArchive, pool, restoreTask } from './archive.ts';
import { FEATURE_ROLES, featureSql, makeRoles, privilegesOf, rowsOf, textOf } from './feature-database.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(240_000);

afterAll(() => pool.close());

describeWithPostgres.each(Object.entries(postgresMajors))(
  'the feature database, on PostgreSQL %s,',
  (_major, programsOf) => {
    let server: PostgresServer;
    let kind: ComponentKind<PostgresSettings>;
    let major: number;
    let backup: DatabaseArchive;
    let text: string;
    let privileges: readonly string[];
    let rows: ReadonlyMap<string, string>;

    const settings = { wal_level: 'logical' };
    beforeAll(async () => {
      const programs = await programsOf();
      server = await startPostgresServer({ programs, settings });
      kind = postgresWith({ toolFolders: [programs] });
      major = Number(await server.sql("SELECT current_setting('server_version_num')::int / 10000"));
      await makeRoles(server, FEATURE_ROLES);
      await server.sql('CREATE DATABASE features');
      await server.sql(featureSql(major, 'postgres'), 'features');
      backup = await backUp({ url: server.url('features'), kind });
      text = await textOf(server, 'features');
      privileges = await privilegesOf(server, 'features');
      rows = await rowsOf(server, 'features');
    });
    afterAll(() => server.stop());

    const task = (target: string, options = {}) =>
      restoreTask(backup, { url: server.url('features'), kind, target, ...options });
    /** The entries of a plan that will not be restored as they are. */
    const foreseen = async (own: ReturnType<typeof task>): Promise<string[]> =>
      (await kind.planRestore(own)).entries
        .filter(({ action }) => action === 'skip' || action === 'refuse')
        .map(({ path }) => path)
        .sort();
    const left = async (own: ReturnType<typeof task>): Promise<string[]> =>
      (await kind.restore(own)).skipped.map(({ path }) => path).sort();

    test('comes back in a new database, to the letter [T1] [B27]', async () => {
      const own = task('features_copy');
      expect(await foreseen(own)).toEqual([]);
      expect(await left(own)).toEqual([]);
      expect(await textOf(server, 'features_copy')).toBe(text);
      expect(await privilegesOf(server, 'features_copy')).toEqual(privileges);
    });

    test('comes back over itself, and over a newer self [T1] [B7] [B27]', async () => {
      const own = task('env:APP_URL');
      expect(await foreseen(own)).toEqual(['subscription sub']);
      expect(await left(own)).toEqual(['subscription sub']);
      expect(await textOf(server, 'features')).toBe(text);
      await server.sql(
        `TRUNCATE s.refers, s.measured; INSERT INTO s.base VALUES (9, 'newer'); DROP VIEW s.happy; SELECT nextval('s.free');
       CREATE TABLE s.measured_2027 PARTITION OF s.measured FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
       ALTER TABLE s.orders ADD more text; GRANT DELETE ON s.orders TO PUBLIC; SELECT lo_put(4711, 0, 'newer')`,
        'features',
      );
      expect(await foreseen(own)).toEqual([
        'column more of s.orders',
        'index s.measured_2027_value_idx',
        'privilege DELETE of PUBLIC on TABLE s.orders',
        's.measured_2027',
        'subscription sub',
      ]);
      const allowed = task('env:APP_URL', { allowDrop: true });
      expect(await left(allowed)).toEqual(['subscription sub']);
      expect(await textOf(server, 'features')).toBe(text);
    });

    test('is opened to nobody on another server, with other roles and another superuser [T6] [B3] [B27]', async () => {
      const other = await startPostgresServer({ programs: server.programs, settings, superuser: 'admin' });
      try {
        await makeRoles(other, ['app reader', 'auditor', 'giver', 'app']);
        const secrets = { NEW_URL: other.url('features') };
        const mapped = task('env:NEW_URL', { secrets });
        expect(await foreseen(mapped)).toEqual(['role postgres', 'role taker']);
        expect(await left(mapped)).toEqual(['role postgres', 'role taker']);
        const before = new Set(privileges.map((line) => line.replaceAll(' postgres', ' admin')));
        expect((await privilegesOf(other, 'features')).filter((line) => !before.has(line))).toEqual([]);
        expect(await rowsOf(other, 'features')).toEqual(rows);
      } finally {
        await other.stop();
      }
    });

    test('gives an ordinary user all rows and no more rights, and names what it cannot have [B3] [B27]', async () => {
      await server.sql(
        'CREATE ROLE ordinary LOGIN CREATEDB PASSWORD \'ordinary\'; GRANT app, "app reader", auditor TO ordinary',
      );
      const url = server
        .url('features_of_ordinary')
        .replace(`postgres:${server.password}`, 'ordinary:ordinary');
      const own = task('env:NEW_URL', { secrets: { NEW_URL: url } });
      const told = await foreseen(own);
      const { warnings = [] } = await kind.planRestore(own);
      const warned = warnings.map((sentence) => sentence.split(': ', 1)[0] ?? '');
      const named = await left(own);
      for (const path of told) expect(named).toContain(path);
      // The plan named each of them, except privileges and comments of an object that does not exist.
      expect(named.filter((path) => ![...told, ...warned].includes(path))).toEqual(
        named.filter((path) => /^(privileges of|comment) /.test(path)),
      );
      expect(warned.filter((path) => !named.includes(path))).toEqual([]);
      expect(named).toEqual(
        expect.arrayContaining([
          'event trigger watches',
          'access method heaps',
          'role postgres',
          'role giver',
        ]),
      );
      const before = new Set(privileges);
      const after = await privilegesOf(server, 'features_of_ordinary');
      // Objects that now belong to the restoring user grant nothing new to others; the user's own rights are
      // those of an owner.
      expect(after.filter((line) => !before.has(line) && !line.includes(' for postgres'))).toEqual([]);
      const there = await rowsOf(server, 'features_of_ordinary');
      for (const [table, digest] of rows)
        if (!named.includes(table)) expect([table, there.get(table)]).toEqual([table, digest]);
    });
  },
);
