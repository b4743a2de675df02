import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deadlineIn } from '../../deadline.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { Installation } from '../installation.ts';
import { killWithin, ROUNDS, stagedIn, tellSeed } from './random-kills.ts';

const rounds = Math.ceil(ROUNDS / 3);

/** PostgreSQL programs that still run for this database, found by their command lines. */
const toolsFor = (database: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => /\/pg_(dump|restore) /.test(line) && line.includes(`dbname='${database}'`));

const untilNoToolFor = async (database: string): Promise<void> => {
  const deadline = deadlineIn(10_000);
  while (toolsFor(database).length > 0) {
    if (deadline.isOver) throw new Error(`still running: ${toolsFor(database).join('; ')}`);
    await pause(50);
  }
};

describeWithPostgres('killed at any moment [B1]', () => {
  // Names of this run only, because other tests on the machine may also dump databases.
  const [source, target] = [`crash_${process.pid}`, `crash_${process.pid}_back`];
  let postgres: PostgresServer;
  let here: Installation;
  beforeAll(async () => {
    tellSeed('crash test of a database');
    postgres = await startPostgresServer();
    await postgres.sql(`CREATE DATABASE ${source}`);
    await postgres.sql(
      'CREATE TABLE t AS SELECT n, md5(n::text) AS x, md5((n * 7)::text) AS y FROM generate_series(1, 150000) n; CREATE INDEX ON t (x)',
      source,
    );
    here = await Installation.start({
      config: () => ({ components: [{ id: 'database', kind: 'postgres', url: { env: 'APP_URL' } }] }),
      env: { APP_URL: postgres.url(source), SMALL_URL: postgres.url('small') },
    });
  }, 60_000);
  afterAll(async () => {
    await here.close();
    await postgres.stop();
  });

  const durationOf = ({ createdAt, completedAt }: { createdAt: string; completedAt: string }): number =>
    Date.parse(completedAt) - Date.parse(createdAt);
  const rowsIn = (database: string) => postgres.sql('SELECT count(*) FROM t', database);
  const tablesIn = (database: string) =>
    postgres.sql(`SELECT count(*) FROM pg_class WHERE relname = 't' AND relkind = 'r'`, database);
  const databases = async (): Promise<string[]> =>
    (await postgres.sql('SELECT datname FROM pg_database')).split('\n');

  test('of a dump: FAILED as interrupted, no pg_dump goes on, nothing is staged, the next backup succeeds', async () => {
    const whole = await here.api.backup();
    for (let round = 0; round < rounds; round++) {
      const { body } = await here.api.post('/v1/backups', {});
      await killWithin(here, durationOf(whole));
      const record = await here.api.ended(`/v1/backups/${body.id}`, 10);
      if (record.state === 'FAILED') expect(record.shortError).toContain('interrupted');
      else expect(record.state).toBe('SUCCESS');
      await untilNoToolFor(source);
      expect(stagedIn(join(here.data, 'archives'))).toEqual([]);
      expect((await here.api.backup()).state).toBe('SUCCESS');
    }
  }, 120_000);

  test('of a restore into a new database: that is not there, empty or whole, no pg_restore goes on, the next restore succeeds', async () => {
    const backup = await here.api.backup();
    const request = { targets: { database: target } };
    const whole = await here.api.restore(backup.id, request);
    expect(whole.state).toBe('SUCCESS');
    for (let round = 0; round < rounds; round++) {
      await postgres.sql(`DROP DATABASE ${target}`);
      const { body } = await here.api.post(`/v1/backups/${backup.id}/restores`, request);
      await killWithin(here, durationOf(whole));
      const record = await here.api.ended(`/v1/restores/${body.id}`, 10);
      if (record.state === 'FAILED') expect(record.shortError).toContain('interrupted');
      else expect(record.state).toBe('SUCCESS');
      await untilNoToolFor(target);
      if ((await databases()).includes(target) && (await tablesIn(target)) !== '0')
        expect(await rowsIn(target)).toBe('150000');
      expect((await here.api.restore(backup.id, request)).state).toBe('SUCCESS');
      expect(await rowsIn(target)).toBe('150000');
    }
  }, 120_000);

  test('of a restore that waits for a lock: its pg_restore, which has the whole dump, does not put it in place later [B2]', async () => {
    await postgres.sql('CREATE DATABASE small');
    await postgres.sql(`CREATE TABLE t AS SELECT 'as backed up' AS x`, 'small');
    await here.end('SIGTERM');
    await here.configure({
      installation: 'test',
      components: [{ id: 'database', kind: 'postgres', url: { env: 'SMALL_URL' } }],
    });
    await here.startServer();
    const backup = await here.api.backup();
    await postgres.sql(`UPDATE t SET x = 'changed since'`, 'small');
    const user = postgres.sql(
      'BEGIN; LOCK TABLE t IN ACCESS SHARE MODE; SELECT pg_sleep(60); COMMIT',
      'small',
    );
    const lockEnded = user.catch(() => undefined);
    await here.api.post(`/v1/backups/${backup.id}/restores`, { inPlace: true });
    const waiting = `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'holdfast restore%' AND wait_event_type = 'Lock'`;
    const deadline = deadlineIn(20_000);
    while ((await postgres.sql(waiting)) === '0') {
      if (deadline.isOver) throw new Error('the restore does not wait');
      await pause(50);
    }
    expect(toolsFor('small')).not.toEqual([]);
    await killWithin(here, 1);
    await untilNoToolFor('small');
    await postgres.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()`,
    );
    await lockEnded;
    expect(await postgres.sql('SELECT x FROM t', 'small')).toBe('changed since');
  }, 60_000);
});
