/**
 * Materialised views whose owners may not read the underlying tables: the plan names exactly those that will
 * stay empty.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type DatabaseArchive, pool, restoreTask, taskOf } from './archive.ts';
import { describeOnMajors } from './on-majors.ts';
import { failureOf } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

afterAll(() => pool.close());

const SERVER = {
  sql: `CREATE ROLE poor; CREATE ROLE rich; CREATE ROLE heir; GRANT rich TO heir; CREATE ROLE passing BYPASSRLS;
       CREATE ROLE reads_all; GRANT pg_read_all_data TO reads_all`,
};

describeOnMajors(SERVER, (here) => {
  let major: number;
  beforeAll(async () => {
    major = Number(await here.server.sql("SELECT current_setting('server_version_num')::int / 10000"));
  });

  const { made } = here;
  const over = (backup: DatabaseArchive, name: string, options = {}) =>
    restoreTask(backup, { url: here.server.url(name), target: 'env:APP_URL', kind: here.kind, ...options });
  const warned = async (task: ReturnType<typeof over>): Promise<string[]> =>
    ((await here.kind.planRestore(task)).warnings ?? []).map((text) => text.split(': ', 1)[0] ?? '').sort();
  /** A view of this name that is filled and then given to another owner. */
  const view = (name: string, owner: string, query: string): string =>
    `CREATE MATERIALIZED VIEW ${name} AS ${query}; ALTER TABLE ${name} OWNER TO ${owner};`;

  test('one that its owner cannot fill is named, and nothing is changed where the restore is all or nothing [B7] [B27]', async () => {
    const backup = await made(
      'lent',
      `CREATE TABLE t AS SELECT 1 AS n; ${view('filled', 'poor', 'SELECT n FROM t')} ${view('own', 'postgres', 'SELECT n FROM t')}`,
    );
    // An object that the dump does not contain makes the restore use one transaction.
    await here.server.sql('CREATE TABLE apart ()', 'lent');
    const { warnings } = await here.kind.planRestore(over(backup, 'lent'));
    expect(warnings).toEqual([
      'materialized view data public.filled: it is filled with the rights of "poor", who may not read public.t: the restore will probably fail there; restore into a new database, which keeps everything else',
    ]);
    expect(await failureOf(here.kind.restore(over(backup, 'lent')))).toMatchObject({
      code: 'component_failed',
      message: expect.stringMatching(/nothing there was changed: materialized view data public\.filled: /),
    });
    expect(await here.server.sql('SELECT n FROM filled', 'lent')).toBe('1');
  });

  test('in a new database it stays empty, is named before and after, and all else is there [B3] [B7] [B27]', async () => {
    const backup = await made(
      'emptied',
      `CREATE TABLE t AS SELECT 1 AS n; ${view('filled', 'poor', 'SELECT n FROM t')}`,
    );
    const task = over(backup, 'emptied', { target: 'emptied_copy' });
    expect(await warned(task)).toEqual(['materialized view data public.filled']);
    const { skipped } = await here.kind.restore(task);
    expect(skipped.map(({ path }) => path)).toEqual(['materialized view data public.filled']);
    expect(await here.server.sql('SELECT n FROM t', 'emptied_copy')).toBe('1');
  });

  test('the backup names it already [B7]', async () => {
    await made(
      'told',
      `CREATE TABLE t AS SELECT 1 AS n, 2 AS m; GRANT SELECT (n) ON t TO poor; CREATE TABLE g AS SELECT 1 AS n;
       GRANT SELECT ON g TO poor; ALTER TABLE g ENABLE ROW LEVEL SECURITY;
       ${view('a', 'poor', 'SELECT n FROM t')} ${view('b', 'poor', 'SELECT m FROM t')} ${view('c', 'poor', 'SELECT n FROM g')}`,
    );
    const sink = {
      emit: async () => undefined,
      checkpoint: async () => 'continue' as const,
      progress: () => undefined,
    };
    const { warnings } = await here.kind.capture({
      ...taskOf({ url: here.server.url('told') }),
      ...{ shard: { shard: 0, shards: 1, work: null }, cursor: 'whole', pool, recipient: '', sink },
      ...{ segmentBytes: 1, compressionLevel: 1 },
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^a restore cannot fill the materialised view public\.b: its owner poor may not/),
      expect.stringContaining('view public.c: its owner poor may not read public.g'),
    ]);
  });

  test('every way to have the right, and to lack it, is known [B7]', async () => {
    const invoker = major >= 15 ? 'WITH (security_invoker = true)' : '';
    const backup = await made(
      'ways',
      `CREATE TABLE closed AS SELECT 1 AS n; CREATE TABLE open AS SELECT 1 AS n; GRANT SELECT ON open TO PUBLIC;
       CREATE TABLE of_rich AS SELECT 1 AS n; ALTER TABLE of_rich OWNER TO rich;
       CREATE TABLE granted AS SELECT 1 AS n; GRANT ALL ON granted TO rich;
       CREATE TABLE some_columns AS SELECT 1 AS n, 2 AS m; GRANT SELECT (n) ON some_columns TO poor;
       CREATE TABLE guarded AS SELECT 1 AS n; GRANT SELECT ON guarded TO PUBLIC;
       ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON guarded USING (true);
       CREATE VIEW through AS SELECT n FROM closed; GRANT SELECT ON through TO PUBLIC;
       CREATE VIEW beneath ${invoker} AS SELECT n FROM closed; GRANT SELECT ON beneath TO PUBLIC;
       CREATE VIEW of_poor AS SELECT n FROM closed; GRANT SELECT ON of_poor TO PUBLIC;
       CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION secret() FROM PUBLIC;
       CREATE FUNCTION known() RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE TABLE given_up AS SELECT 1 AS n; ALTER TABLE given_up OWNER TO poor;
       ${view('a_open', 'poor', 'SELECT n FROM open')} ${view('a_known', 'poor', 'SELECT known()')}
       ${view('a_heir', 'heir', 'SELECT n FROM of_rich')} ${view('a_granted', 'heir', 'SELECT n FROM granted')}
       ${view('a_reads_all', 'reads_all', 'SELECT n FROM closed')} ${view('a_passing', 'passing', 'SELECT n FROM guarded')}
       ${view('a_through', 'poor', 'SELECT n FROM through')}
       CREATE MATERIALIZED VIEW a_unfilled AS SELECT n FROM closed WITH NO DATA; ALTER TABLE a_unfilled OWNER TO poor;
       ${view('b_closed', 'poor', 'SELECT n FROM closed')} ${view('b_columns', 'poor', 'SELECT n, m FROM some_columns')}
       ${view('b_guarded', 'poor', 'SELECT n FROM guarded')} ${view('b_secret', 'poor', 'SELECT secret()')}
       ${view('b_of_poor', 'rich', 'SELECT n FROM of_poor')} ${view('b_given_up', 'poor', 'SELECT n FROM given_up')}
       REVOKE ALL ON given_up FROM poor; ALTER VIEW of_poor OWNER TO poor;
       ${major >= 15 ? view('b_beneath', 'poor', 'SELECT n FROM beneath') : ''}`,
    );
    const task = over(backup, 'ways', { target: 'ways_copy' });
    const expected = ['beneath', 'closed', 'columns', 'given_up', 'guarded', 'of_poor', 'secret'].filter(
      (name) => major >= 15 || name !== 'beneath',
    );
    const named = expected.map((name) => `materialized view data public.b_${name}`);
    expect(await warned(task)).toEqual(named);
    expect((await here.kind.restore(task)).skipped.map(({ path }) => path).sort()).toEqual(named);
  });
});
