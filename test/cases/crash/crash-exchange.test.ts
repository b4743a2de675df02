/**
 * A restore that replaces a database by a new one, killed while it exchanges their names. Locks stop it at
 * the exact moment, so the test does not depend on chance.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { deadlineIn } from '../../deadline.ts';
import {
  describeWithPostgres,
  holdTransaction,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { Installation } from '../installation.ts';

describeWithPostgres('killed at the exchange of names [B1] [B7]', () => {
  let postgres: PostgresServer;
  let here: Installation;
  beforeAll(async () => {
    postgres = await startPostgresServer();
    await postgres.sql('CREATE DATABASE shop');
    // With no rights for PUBLIC, the restore grants nothing on the new database; a grant would also wait for
    // the lock on its row.
    await postgres.sql('REVOKE ALL ON DATABASE shop FROM PUBLIC');
    await postgres.sql(
      `CREATE TABLE t AS SELECT 'as backed up' AS word;
       CREATE FUNCTION waits(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
         IF current_setting('application_name') LIKE 'holdfast restore-%' THEN
           WHILE (SELECT size FROM pg_stat_file('${gate()}', true)) IS NOT NULL LOOP PERFORM pg_sleep(0.01); END LOOP;
         END IF; RETURN $1; END $$;
       CREATE INDEX ON t (waits(word))`,
      'shop',
    );
    here = await Installation.start({
      config: () => ({ components: [{ id: 'database', kind: 'postgres', url: { env: 'APP_URL' } }] }),
      env: { APP_URL: postgres.url('shop') },
    });
    backupId = (await here.api.backup()).id;
  }, 60_000);
  afterAll(async () => {
    await here.close();
    await postgres.stop();
  });
  beforeEach(() => postgres.sql("UPDATE t SET word = 'changed since'", 'shop'));
  let backupId: string;

  /** The restore cannot complete an index while this file exists. */
  const gate = () => join(postgres.socketFolder, 'gate');
  const word = (database: string) => postgres.sql('SELECT word FROM t', database);
  const databases = () => postgres.sql("SELECT datname FROM pg_database WHERE datname LIKE 'holdfast%'");
  const until = async (what: string, query: string, answer: string): Promise<void> => {
    const deadline = deadlineIn(20_000);
    while ((await postgres.sql(query)) !== answer) {
      if (deadline.isOver) throw new Error(`it did not come to pass: ${what}`);
      await pause(20);
    }
  };
  const waiting = (which: string) =>
    `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND ${which}`;
  const RENAMES = `query LIKE 'ALTER DATABASE "holdfast restore-%" RENAME TO%'`;

  let held: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(held.map((letGo) => letGo()));
    held = [];
    await rm(gate(), { force: true });
  });
  /** Starts a transaction that holds the locks of `sql` until the returned function ends it. */
  const holding = async (sql: string): Promise<() => Promise<void>> => {
    const letGo = await holdTransaction(postgres, sql);
    held.push(letGo);
    return letGo;
  };

  /** Starts a restore that stops between the two renames, and returns a function that lets it continue. */
  const betweenRenames = async (): Promise<{ id: string; goOn: () => Promise<void> }> => {
    await until('nobody is connected', "SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop'", '0');
    await writeFile(gate(), '');
    const { body } = await here.api.post(`/v1/backups/${backupId}/restores`, { inPlace: true });
    await until(
      'the index is built',
      "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CREATE INDEX%'",
      '1',
    );
    const goOn = await holding(
      "SELECT 1 FROM pg_database WHERE datname LIKE 'holdfast restore-%' FOR UPDATE",
    );
    await rm(gate());
    await until('one of two is renamed', waiting(RENAMES), '1');
    return { id: body.id, goOn };
  };
  const interrupted = async (id: string): Promise<void> => {
    const record = await here.api.ended(`/v1/restores/${id}`, 20);
    expect(record).toMatchObject({ state: 'FAILED', shortError: expect.stringContaining('interrupted') });
  };
  const restoresWell = async (): Promise<void> => {
    await until('nobody is connected', "SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop'", '0');
    expect((await here.api.restore(backupId, { inPlace: true })).state).toBe('SUCCESS');
    expect(await word('shop')).toBe('as backed up');
  };

  test('between the two: the database is as it was, no session makes the exchange later, and the next restore succeeds', async () => {
    const { id, goOn } = await betweenRenames();
    await here.end('SIGKILL');
    // psql already has its whole input and outlives Holdfast; the next start ends it while it is still
    // waiting.
    const starting = here.startServer();
    await until('no session renames', `SELECT count(*) FROM pg_stat_activity WHERE ${RENAMES}`, '0');
    await goOn();
    await starting;
    await interrupted(id);
    expect([await word('shop'), await databases()]).toEqual(['changed since', '']);
    await restoresWell();
    expect(await databases()).toBe('');
  }, 90_000);

  test('behind the second: both databases are there, the start says so, and either can be had', async () => {
    const { id, goOn } = await betweenRenames();
    const looking = await holding('LOCK TABLE pg_shdescription IN ACCESS EXCLUSIVE MODE');
    await goOn();
    await until('the former one is looked at', waiting("datname LIKE 'holdfast former %'"), '1');
    await here.end('SIGKILL');
    await looking();
    await here.startServer();
    await interrupted(id);
    const former = `holdfast former ${id}`.slice(0, 63);
    expect(await databases()).toBe(former);
    expect(here.log).toContain('left the former database under another name');
    expect(here.log).toContain(former);
    expect([await word('shop'), await word(former)]).toEqual(['as backed up', 'changed since']);
    // The next restore ignores it and does not remove it.
    await postgres.sql("UPDATE t SET word = 'once more'", 'shop');
    await restoresWell();
    expect([await databases(), await word(former)]).toEqual([former, 'changed since']);
    // The documented repair: the former database gets its name back.
    await postgres.sql(
      `ALTER DATABASE shop RENAME TO "shop restored"; ALTER DATABASE "${former}" RENAME TO shop`,
    );
    expect([await word('shop'), await word('shop restored')]).toEqual(['changed since', 'as backed up']);
    await restoresWell();
    expect(await databases()).toBe('');
  }, 90_000);
});
