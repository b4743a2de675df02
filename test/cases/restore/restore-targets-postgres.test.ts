import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { Installation } from '../installation.ts';

// The tests run a real server on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

describeWithPostgres('databases that are restored together [B7]', () => {
  let postgres: PostgresServer;
  let other: PostgresServer;
  let here: Installation;
  let backupId: string;

  beforeAll(async () => {
    [postgres, other] = await Promise.all([startPostgresServer(), startPostgresServer()]);
    for (const name of ['first', 'second']) {
      await postgres.sql(`CREATE DATABASE ${name}`);
      await postgres.sql(`CREATE TABLE of_${name} AS SELECT 1 AS n`, name);
    }
    const { port, password, socketFolder } = postgres;
    here = await Installation.start({
      config: () => ({
        components: ['first', 'second'].map((id) => ({
          id,
          kind: 'postgres',
          url: { env: `${id}_url`.toUpperCase() },
        })),
      }),
      env: {
        FIRST_URL: postgres.url('first'),
        SECOND_URL: postgres.url('second'),
        // The same database through another connection string.
        BY_SOCKET: `postgres://postgres:${password}@:${port}/new?host=${socketFolder}`,
        SECOND_BY_SOCKET: `postgres://postgres:${password}@:${port}/second?host=${socketFolder}`,
        ELSEWHERE: other.url('new'),
        NOBODY: 'postgres://me:secret@127.0.0.1:1/new',
      },
    });
    backupId = (await here.api.backup()).id;
  });
  afterAll(() => Promise.all([here?.close(), postgres?.stop(), other?.stop()]));

  const ask = (first: string, second: string, dryRun: boolean) =>
    here.api.post(`/v1/backups/${backupId}/restores`, { targets: { first, second }, dryRun });

  test.each([
    ['one name on one server', 'new', 'new'],
    ['another spelling of the server', 'new', 'env:BY_SOCKET'],
    ['what the other one is backed up from', 'second', 'new'],
    ['that, spelled otherwise', 'env:SECOND_BY_SOCKET', 'new'],
  ])('are refused %s, as a dry run, too', async (_, first, second) => {
    for (const dryRun of [true, false]) {
      const { status, body } = await ask(first, second, dryRun);
      expect([status, body.code]).toEqual([409, 'restore_refused']);
      expect(body.detail).toMatch(
        /component "(first|second)" would be restored to .* component "(first|second)"/,
      );
      expect(body.detail).not.toContain(postgres.password);
    }
    expect(await postgres.sql("SELECT count(*) FROM pg_database WHERE datname = 'new'")).toBe('0');
  });

  test('go to one name on two servers, and one that does not answer is told by its plan', async () => {
    const { status, body } = await ask('new', 'env:ELSEWHERE', false);
    expect(status).toBe(202);
    expect(await here.api.ended(`/v1/restores/${body.id}`)).toMatchObject({ state: 'SUCCESS' });
    expect(await postgres.sql('SELECT count(*) FROM of_first', 'new')).toBe('1');
    expect(await other.sql('SELECT count(*) FROM of_second', 'new')).toBe('1');
    const silent = await ask('new', 'env:NOBODY', true);
    expect(silent.status).toBe(202);
    expect(await here.api.ended(`/v1/restores/${silent.body.id}`)).toMatchObject({
      state: 'FAILED',
      errorCode: 'component_unavailable',
    });
  });
});
