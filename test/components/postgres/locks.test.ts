/**
 * One transaction over many objects may need more locks than the server has: the plan reports this and offers
 * another way.
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
import { backUp, pool, restoreTask } from './archive.ts';
import { failureOf } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(240_000);

afterAll(() => pool.close());

describeWithPostgres.each(Object.entries(postgresMajors))('on PostgreSQL %s', (_major, programsOf) => {
  let source: PostgresServer;
  let server: PostgresServer;
  let kind: ComponentKind<PostgresSettings>;

  beforeAll(async () => {
    const programs = await programsOf();
    // The lowest settings that a server accepts: about 120 locks, and what rounding up its memory adds.
    const settings = { max_locks_per_transaction: '10', max_connections: '12' };
    source = await startPostgresServer({ programs });
    server = await startPostgresServer({ programs, settings });
    kind = postgresWith({ toolFolders: [programs] });
  });
  afterAll(() => Promise.all([source.stop(), server.stop()]));

  test('tables with a serial and a key, and large objects: warned of, nothing changed, and back another way [T1] [B7] [B27]', async () => {
    await source.sql('CREATE DATABASE many');
    await source.sql(
      `DO $$ BEGIN FOR n IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY)', n); END LOOP; END $$;
       INSERT INTO t7 VALUES (7); SELECT count(lo_create(n)) FROM generate_series(20001, 21000) n`,
      'many',
    );
    const backup = await backUp({ url: source.url('many'), kind });
    await server.sql('CREATE DATABASE shared');
    await server.sql('CREATE TABLE apart AS SELECT 7 AS n', 'shared');
    const into = (name: string, options = {}) =>
      restoreTask(backup, {
        ...{ url: source.url('many'), target: 'env:NEW_URL', kind },
        ...{ secrets: { NEW_URL: server.url(name) }, allowDrop: true, ...options },
      });
    const over = into('shared');
    const { warnings } = await kind.planRestore(over);
    expect(warnings).toEqual([
      expect.stringMatching(/^one transaction needs about \d{4} locks, and the server allows about 120: /),
    ]);
    const { message } = await failureOf(kind.restore(over));
    expect(message).toMatch(/nothing there was changed: .*out of shared memory.*max_locks_per_transaction/);
    expect(await server.sql("SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]'", 'shared')).toBe('0');
    const fresh = into('many');
    expect((await kind.planRestore(fresh)).warnings).toBeUndefined();
    expect(await kind.restore(fresh)).toMatchObject({ skippedCount: 0 });
    expect(
      await server.sql(
        "SELECT id FROM t7; SELECT count(*) FROM pg_class WHERE relkind = 'S'; SELECT count(*) FROM pg_largeobject_metadata",
        'many',
      ),
    ).toBe('7\n300\n1000');
  });
});
