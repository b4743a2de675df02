/**
 * Backups of the kind postgres when something is wrong: with the server, with the tools, or during the dump.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { postgres, postgresWith } from '../../../lib/components/postgres/postgres.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { backUp, pool, taskOf } from './archive.ts';
import { bulkSql, failureOf, keptLog, until } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

/** The command line of every process, as other processes see it. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });

const dumps = (): number =>
  commandLines().filter((line) => line.includes('pg_dump --format') && line.includes("dbname='to fail'"))
    .length;

describeWithPostgres('a backup of a PostgreSQL database', () => {
  let server: PostgresServer;

  const make = async (name: string, sql: string): Promise<string> => {
    await server.sql(`CREATE DATABASE "${name}"`);
    await server.sql(sql, name);
    return server.url(name);
  };
  const sessionsOf = (database: string): Promise<string> =>
    server.sql(`SELECT application_name FROM pg_stat_activity WHERE datname = '${database}'`);

  beforeAll(async () => {
    server = await startPostgresServer();
    await make('to fail', bulkSql(60));
    await make('small', 'CREATE TABLE t AS SELECT 1 AS n');
  });
  afterAll(async () => {
    await pool.close();
    await server.stop();
  });

  describe('before it begins', () => {
    const checked = (url: string) => failureOf(postgres.check(taskOf({ url })));

    test('accepts a server and database that are there', async () => {
      await postgres.check(taskOf({ url: server.url('small') }));
      const overSocket = `postgres://postgres:${server.password}@:${server.port}/small?host=${server.socketFolder}`;
      await postgres.check(taskOf({ url: overSocket }));
    });

    test('says that the password is wrong, and says no password', async () => {
      const { code, message } = await checked(server.url('small').replace(server.password, 'hunter2'));
      expect(code).toBe('component_unavailable');
      expect(message).toContain('password authentication failed for user "postgres"');
      expect(message).toContain('check the user and password');
      expect(message).not.toContain('hunter2');
    });

    test('says that the database is not there', async () => {
      const { code, message } = await checked(server.url('no such'));
      expect(code).toBe('component_unavailable');
      expect(message).toContain('database "no such" does not exist');
    });

    test('says that no server answers', async () => {
      const { code, message } = await checked('postgres://u:hunter2@127.0.0.1:1/db');
      expect(code).toBe('component_unavailable');
      expect(message).toContain('Connection refused');
      expect(message).toContain('check that the server runs');
    });

    test('says that there are no tools', async () => {
      const kind = postgresWith({ toolFolders: ['/nowhere'] });
      const failure = await failureOf(kind.check(taskOf({ url: server.url('small') })));
      expect(failure.code).toBe('tool_missing');
    });

    test('refuses tools older than the server, and names both versions', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'holdfast-old-tools-'));
      try {
        for (const name of ['psql', 'pg_restore'])
          await symlink(join(server.programs, name), join(folder, name));
        await writeFile(join(folder, 'pg_dump'), '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n');
        await chmod(join(folder, 'pg_dump'), 0o755);
        const task = taskOf({ url: server.url('small') });
        const old = await failureOf(postgresWith({ toolFolders: [folder] }).check(task));
        expect(old.code).toBe('component_unavailable');
        expect(old.message).toMatch(/is PostgreSQL \d\d\.\d+, but the newest client here is 9\.6\.24/);
        // These unsuitable programs do no harm when suitable ones are also found.
        await postgresWith({ toolFolders: [folder, server.programs] }).check(task);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  describe('while it runs', () => {
    test('shows the password to no list of processes, and writes it nowhere', async () => {
      const { log, lines } = keptLog();
      let seen: string[] = [];
      const made = await backUp({
        url: server.url('to fail'),
        log,
        onMember: async () => {
          seen = [...seen, ...commandLines()];
        },
      });
      expect(seen.filter((line) => line.includes('pg_dump')).length).toBeGreaterThan(0);
      expect(seen.filter((line) => line.includes(server.password))).toEqual([]);
      expect(JSON.stringify([made.archive.manifest, lines])).not.toContain(server.password);
    });

    test("fails with pg_dump's words when the server is stopped in mid-dump, and leaves no process", async () => {
      let crashed: Promise<void> | undefined;
      const url = server.url('to fail');
      const failure = await failureOf(
        backUp({
          url,
          onMember: () => {
            crashed ??= server.crash();
            return crashed;
          },
        }),
      );
      await server.start();
      expect(failure).toMatchObject({ code: 'component_failed' });
      expect(failure.message).toMatch(/^pg_dump of database "to fail" on .* failed: .*(server|connection)/);
      expect(failure.message).not.toContain(server.password);
      await until('pg_dump has gone', () => dumps() === 0);
    });

    test('stops within seconds when it is cancelled, here and at the server [B9]', async () => {
      const controller = new AbortController();
      const cancelled = new Error('cancelled by a person');
      let since = 0;
      const failure = await failureOf(
        backUp({
          url: server.url('to fail'),
          signal: controller.signal,
          onMember: async () => {
            since ||= Date.now();
            controller.abort(cancelled);
          },
        }),
      );
      expect(failure).toBe(cancelled);
      expect(Date.now() - since).toBeLessThan(2000);
      await until('pg_dump has gone', () => dumps() === 0);
      await until('no session at the server', async () => (await sessionsOf('to fail')) === '');
    });

    test('is cancelled while pg_dump waits for a lock [B9]', async () => {
      await make('locked', 'CREATE TABLE t (n int)');
      const holder = spawn(join(server.programs, 'psql'), ['-Xq', server.url('locked')], {
        env: { ...process.env, PGAPPNAME: 'the shop' },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const waits = async (): Promise<boolean> =>
        (await server.sql("SELECT wait_event_type FROM pg_stat_activity WHERE datname = 'locked'")).includes(
          'Lock',
        );
      try {
        holder.stdin.write('BEGIN; LOCK TABLE t;\n');
        await until('the lock is held', async () => (await sessionsOf('locked')) === 'the shop');
        const controller = new AbortController();
        const failed = failureOf(backUp({ url: server.url('locked'), signal: controller.signal }));
        await until('pg_dump waits', waits);
        controller.abort(new Error('enough'));
        expect((await failed).message).toBe('enough');
        await until('its session has gone', async () => (await sessionsOf('locked')) === 'the shop');
      } finally {
        holder.stdin.end('ROLLBACK;\n');
      }
    });

    test("passes on the error of whoever takes the archive's bytes, and ends pg_dump", async () => {
      const full = new Error('the disk is full');
      const url = server.url('to fail');
      const failure = await failureOf(backUp({ url, onMember: () => Promise.reject(full) }));
      expect(failure).toBe(full);
      await until('pg_dump has gone', () => dumps() === 0);
    });

    test('fails when a table may not be read', async () => {
      await make('private', 'CREATE TABLE secret_plans (n int)');
      await server.sql("CREATE ROLE guest LOGIN PASSWORD 'guest'");
      const url = server.url('private').replace(`postgres:${server.password}`, 'guest:guest');
      const failure = await failureOf(backUp({ url }));
      expect(failure.code).toBe('component_failed');
      expect(failure.message).toContain('permission denied for table secret_plans');
    });
  });

  test('leaves no process behind', () => {
    const ours = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'comm='], { encoding: 'utf8' });
    expect(ours.split('\n').filter((name) => /^(pg_|psql)/.test(name))).toEqual([]);
  });
});
