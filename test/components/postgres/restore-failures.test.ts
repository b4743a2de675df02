/** What a restore of the kind postgres refuses, leaves out or does not change. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { postgres, postgresWith } from '../../../lib/components/postgres/postgres.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { backUp, type DatabaseArchive, openFile, pool, restoreTask } from './archive.ts';
import { bulkSql, failureOf, keptLog, until } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

describeWithPostgres('a restore of a PostgreSQL database', () => {
  let server: PostgresServer;
  let bulky: DatabaseArchive;
  let small: DatabaseArchive;

  const make = async (name: string, sql: string): Promise<string> => {
    await server.sql(`CREATE DATABASE "${name}"`);
    await server.sql(sql, name);
    return server.url(name);
  };
  const sessionsOf = (database: string): Promise<string> =>
    server.sql(`SELECT application_name FROM pg_stat_activity WHERE datname = '${database}'`);

  beforeAll(async () => {
    server = await startPostgresServer();
    bulky = await backUp({ url: await make('bulky', bulkSql(60)) });
    small = await backUp({ url: await make('small', 'CREATE TABLE t AS SELECT 1 AS n') });
  });
  afterAll(async () => {
    await pool.close();
    await server.stop();
  });

  describe('before it begins', () => {
    const planned = (made: DatabaseArchive, target: string) =>
      failureOf(postgres.planRestore(restoreTask(made, { url: server.url('small'), target })));
    /** The archive with other details about its database. */
    const archiveWith = (
      { archive, ...made }: DatabaseArchive,
      details: Record<string, string | number | string[]>,
    ) => {
      const database = { ...made.summary, details: { ...made.summary.details, ...details } };
      const manifest = { ...archive.manifest, components: { database } };
      return { ...made, archive: { ...archive, manifest } };
    };

    test('a dry run creates nothing [B7]', async () => {
      const task = restoreTask(small, { url: server.url('small'), target: 'only planned' });
      expect(await postgres.planRestore(task)).toEqual({
        target: 'only planned',
        allOrNothing: false,
        counts: { create: 1, overwrite: 0, skip: 0, refuse: 0 },
        entries: [{ path: 'public.t', action: 'create' }],
      });
      expect(await server.sql("SELECT count(*) FROM pg_database WHERE datname = 'only planned'")).toBe('0');
    });

    test.each(['refuse', 'skip'] as const)(
      '%s: a database that is not empty is left alone',
      async (existing) => {
        const task = restoreTask(small, { url: server.url('small'), target: 'env:APP_URL', existing });
        const { counts, entries } = await postgres.planRestore(task);
        expect(counts).toEqual({ create: 0, overwrite: 0, skip: 0, refuse: 2 });
        expect(entries[0]?.reason).toContain('is not empty');
        expect(await failureOf(postgres.restore(task))).toMatchObject({ code: 'restore_refused' });
      },
    );

    test.each(['refuse', 'skip'] as const)('%s: an empty database is filled', async (existing) => {
      await make(`empty for ${existing}`, '');
      const task = restoreTask(small, {
        url: server.url('small'),
        target: `empty for ${existing}`,
        existing,
      });
      await postgres.restore(task);
      expect(await server.sql('SELECT n FROM t', `empty for ${existing}`)).toBe('1');
    });

    test('refuses a server older than the one that was backed up [U3]', async () => {
      const { code, message } = await planned(archiveWith(small, { major: 99, version: '99.1' }), 'small');
      expect(code).toBe('incompatible_version');
      expect(message).toMatch(/PostgreSQL 99\.1, .* older \d+\.\d+/);
    });

    test('refuses a dump that its tools cannot read', async () => {
      const { code, message } = await planned(
        archiveWith(small, { toolMajor: 99, toolVersion: '99.1' }),
        'small',
      );
      expect(code).toBe('component_unavailable');
      expect(message).toContain('pg_dump 99.1');
    });

    test('refuses when the server lacks an extension', async () => {
      const { code, message } = await planned(
        archiveWith(small, { extensions: ['plpgsql', 'postgis'] }),
        'small',
      );
      expect(code).toBe('restore_refused');
      expect(message).toContain('lacks the extensions postgis;');
    });

    test('refuses when a policy is for a role that is not there', async () => {
      await server.sql('CREATE ROLE auditor');
      const url = await make(
        'with policy',
        'CREATE TABLE p (n int); ALTER TABLE p ENABLE ROW LEVEL SECURITY; CREATE POLICY look ON p TO auditor',
      );
      const made = await backUp({ url });
      await server.sql('DROP TABLE p', 'with policy');
      await server.sql('DROP ROLE auditor');
      const { code, message } = await planned(made, 'small');
      expect(code).toBe('restore_refused');
      expect(message).toContain('auditor');
    });

    test('leaves a tablespace out that is not there, and says so', async () => {
      const task = restoreTask(archiveWith(small, { tablespaces: ['pg_default', 'fast'] }), {
        url: server.url('small'),
        target: 'without tablespace',
      });
      const { skipped } = await postgres.restore(task);
      expect(skipped).toEqual([expect.objectContaining({ path: 'tablespace fast' })]);
    });

    test('refuses to make a database when the user may not', async () => {
      await server.sql("CREATE ROLE modest LOGIN PASSWORD 'modest'");
      const url = server.url('small').replace(`postgres:${server.password}`, 'modest:modest');
      const task = restoreTask(small, { url, target: 'not allowed' });
      const { code, message } = await failureOf(postgres.planRestore(task));
      expect(code).toBe('restore_refused');
      expect(message).toContain('"modest" may not create one');
    });

    test('refuses a target that is no name', async () => {
      expect((await planned(small, server.url('small'))).code).toBe('invalid_request');
    });
  });

  describe('that fails leaves the database as it was:', () => {
    const kept = async (name: string, sql: string): Promise<string> =>
      make(name, `CREATE TABLE bulk (id integer, filling text); INSERT INTO bulk VALUES (-1, 'old'); ${sql}`);
    const old = (name: string): Promise<string> => server.sql('SELECT id, filling FROM bulk', name);

    test('when something else depends on what it overwrites', async () => {
      const url = await kept('depended', 'CREATE VIEW depends AS SELECT id FROM bulk');
      const failure = await failureOf(postgres.restore(restoreTask(bulky, { url, target: 'depended' })));
      expect(failure.code).toBe('restore_refused');
      expect(failure.message).toContain('the first: public.depends (it is not in the dump, and depends on');
      expect(await old('depended')).toBe('-1|old');
    });

    test('when the archive turns out to be damaged half way', async () => {
      const url = await kept('spared', '');
      const last = bulky.archive.segments('database').at(-1);
      if (last === undefined) throw new Error('no segments');
      const file = Buffer.from(bulky.file);
      const at = file.indexOf(Buffer.from(last.name)) + 512 + 300;
      file.writeUInt8(file.readUInt8(at) ^ 1, at);
      const damaged = { ...bulky, archive: await openFile(file) };
      const failure = await failureOf(postgres.restore(restoreTask(damaged, { url, target: 'spared' })));
      expect(failure.code).toBe('archive_damaged');
      expect(await old('spared')).toBe('-1|old');
    });

    test('when it is cancelled [B9]', async () => {
      const url = await kept('cancelled', '');
      const controller = new AbortController();
      const reason = new Error('cancelled by a person');
      const task = {
        ...restoreTask(bulky, { url, target: 'cancelled', signal: controller.signal }),
        progress: ({ bytes }: { bytes: number }) => {
          if (bytes > 20_000_000) controller.abort(reason);
        },
      };
      expect(await failureOf(postgres.restore(task))).toBe(reason);
      await until('no session at the server', async () => (await sessionsOf('cancelled')) === '');
      expect(await old('cancelled')).toBe('-1|old');
    });

    test('when the server is stopped half way', async () => {
      const url = await kept('stopped', '');
      let crashed: Promise<void> | undefined;
      const task = {
        ...restoreTask(bulky, { url, target: 'stopped' }),
        progress: ({ bytes }: { bytes: number }) => {
          if (bytes > 20_000_000) crashed ??= server.crash();
        },
      };
      const failure = await failureOf(postgres.restore(task));
      await crashed;
      await server.start();
      expect(failure.code).toBe('component_failed');
      expect(failure.message).not.toContain(server.password);
      expect(await old('stopped')).toBe('-1|old');
    });

    test('and one that was created for it is gone', async () => {
      const controller = new AbortController();
      const task = {
        ...restoreTask(bulky, { url: server.url('small'), target: 'half', signal: controller.signal }),
        progress: ({ bytes }: { bytes: number }) => {
          if (bytes > 20_000_000) controller.abort();
        },
      };
      await failureOf(postgres.restore(task));
      expect(await server.sql("SELECT count(*) FROM pg_database WHERE datname = 'half'")).toBe('0');
    });

    test('when others hold its tables for too long, who are named', async () => {
      const url = await kept('in use', '');
      const holder = spawn(join(server.programs, 'psql'), ['-Xq', server.url('in use')], {
        env: { ...process.env, PGAPPNAME: 'the shop' },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      try {
        holder.stdin.write('BEGIN; SELECT * FROM bulk;\n');
        await until('the lock is held', async () =>
          (
            await server.sql("SELECT state FROM pg_stat_activity WHERE application_name = 'the shop'")
          ).includes('idle in'),
        );
        const { log, lines } = keptLog();
        const kind = postgresWith({ patience: { everySeconds: 0.1, giveUpSeconds: 0.3 } });
        const failure = await failureOf(kind.restore(restoreTask(bulky, { url, target: 'in use', log })));
        expect(failure.code).toBe('component_failed');
        expect(failure.message).toMatch(/in use by the shop \(process \d+, user postgres\)/);
        expect(lines.join()).toContain('the restore waits for other sessions');
      } finally {
        holder.stdin.end('ROLLBACK;\n');
      }
      await until('the holder has gone', async () => (await sessionsOf('in use')) === '');
      expect(await old('in use')).toBe('-1|old');
    });
  });
});
