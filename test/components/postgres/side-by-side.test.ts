/**
 * Several sessions restore what comes after the rows in parallel; the result is the same as with one session.
 */
import { afterAll, expect, jest, test } from '@jest/globals';
import { type DatabaseArchive, pool, restoreTask } from './archive.ts';
import { FEATURE_ROLES, featureSql, makeRoles, textOf } from './feature-database.ts';
import { describeOnMajors } from './on-majors.ts';
import { until } from './sample.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(240_000);

afterAll(() => pool.close());

/** True only in the sessions of a restore. */
const RESTORED = "current_setting('application_name') LIKE 'holdfast restore-%'";

// Every index and key gets its own session, however small its table is.
describeOnMajors({ settings: { wal_level: 'logical' }, largeBytes: 1 }, (here) => {
  const into = (backup: DatabaseArchive, name: string, target: string, options = {}) =>
    restoreTask(backup, { url: here.server.url(name), target, kind: here.kind, ...options });
  /** Restores with four sessions and with one, and compares the results and what each could not restore. */
  const restoredBoth = async (backup: DatabaseArchive, name: string): Promise<string[]> => {
    const { skipped } = await here.kind.restore(into(backup, name, `${name}_by_four`));
    const one = await here.kind.restore(into(backup, name, `${name}_by_one`, { restoreSessions: 1 }));
    expect(skipped).toEqual(one.skipped);
    expect(await textOf(here.server, `${name}_by_four`)).toBe(await textOf(here.server, `${name}_by_one`));
    return skipped.map(({ path }) => path);
  };
  const sameAsSource = async (name: string): Promise<void> =>
    expect(await textOf(here.server, `${name}_by_four`)).toBe(await textOf(here.server, name));

  test('the feature database comes back as by one session [T1] [B27]', async () => {
    await makeRoles(here.server, FEATURE_ROLES);
    const major = Number(await here.server.sql("SELECT current_setting('server_version_num')::int / 10000"));
    const backup = await here.made('features', featureSql(major, 'postgres'));
    expect(await restoredBoth(backup, 'features')).toEqual([]);
    await sameAsSource('features');
  });

  /** Each index waits until another one is under way, or records that it ran alone. */
  const meeting = (seconds: number): string => `
    CREATE SEQUENCE arrivals; CREATE SEQUENCE alone;
    CREATE FUNCTION meets(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
      DECLARE too_late timestamptz := clock_timestamp() + interval '${seconds} s';
      BEGIN
        IF NOT ${RESTORED} OR nextval('public.arrivals') > 1 THEN RETURN $1; END IF;
        WHILE (SELECT last_value FROM public.arrivals) < 2 LOOP
          IF clock_timestamp() > too_late THEN PERFORM nextval('public.alone'); RETURN $1; END IF;
          PERFORM pg_sleep(0.01);
        END LOOP;
        RETURN $1;
      END $$;`;
  const wasAlone = (database: string) => here.server.sql('SELECT is_called FROM alone', database);

  test('indexes of many tables are built at the same time, and one at a time where that is asked for [B27]', async () => {
    const tables = `DO $$ BEGIN FOR n IN 1..30 LOOP EXECUTE format('CREATE TABLE t%s AS SELECT 1 AS n; CREATE INDEX ON t%s (meets(n)); ALTER TABLE t%s ADD PRIMARY KEY (n)', n, n, n); END LOOP; END $$`;
    const backup = await here.made('many', `${meeting(60)} ${tables}`);
    expect(await here.kind.restore(into(backup, 'many', 'many copy'))).toMatchObject({ skippedCount: 0 });
    expect(await wasAlone('many copy')).toBe('f');
    const one = await here.made('serial', `${meeting(0.5)} ${tables}`);
    await here.kind.restore(into(one, 'serial', 'serial copy', { restoreSessions: 1 }));
    expect(await wasAlone('serial copy')).toBe('t');
    expect(
      await here.server.sql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'", 'many copy'),
    ).toBe('60');
  });

  test('several indexes of one table are built at the same time [B27]', async () => {
    const backup = await here.made(
      'one table',
      `${meeting(60)} CREATE TABLE t AS SELECT 1 AS n; CREATE INDEX ON t (meets(n)); CREATE INDEX ON t ((meets(n) + 1)); CREATE UNIQUE INDEX marked ON t (n); ALTER TABLE t CLUSTER ON marked; COMMENT ON INDEX marked IS 'i'`,
    );
    expect(await here.kind.restore(into(backup, 'one table', 'one table copy'))).toMatchObject({
      skippedCount: 0,
    });
    expect(await wasAlone('one table copy')).toBe('f');
  });

  test('an index that fails among them is named, and all others come back [B3] [B27]', async () => {
    const backup = await here.made(
      'failing',
      `CREATE FUNCTION never(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF ${RESTORED} THEN RAISE 'never'; END IF; RETURN $1; END $$;
       DO $$ BEGIN FOR n IN 1..12 LOOP EXECUTE format('CREATE TABLE t%s AS SELECT 1 AS n; CREATE INDEX ON t%s (n)', n, n); END LOOP; END $$;
       CREATE INDEX fails ON t3 (never(n)); COMMENT ON INDEX fails IS 'too'; ALTER TABLE t4 ADD CHECK (never(n) > 0) NOT VALID;
       CREATE TABLE parent (n int PRIMARY KEY); ALTER TABLE t5 ADD CONSTRAINT refers FOREIGN KEY (n) REFERENCES parent NOT VALID;
       UPDATE pg_constraint SET convalidated = true WHERE conname = 'refers'`,
    );
    const { skipped } = await here.kind.restore(into(backup, 'failing', 'failing copy'));
    expect(skipped).toEqual([
      { path: 'index public.fails', reason: 'not restored: never' },
      { path: expect.stringMatching(/^comment .*fails/), reason: expect.stringContaining('does not exist') },
      { path: 'fk constraint public.t5 refers', reason: expect.stringContaining('violates foreign key') },
    ]);
    expect(await restoredBoth(backup, 'failing')).toEqual(skipped.map(({ path }) => path));
  });

  test('keys that refer to each other, to themselves and to partitions come back, as do attached indexes [T1] [B27]', async () => {
    const backup = await here.made(
      'tied',
      `DO $$ BEGIN
         FOR n IN 0..7 LOOP EXECUTE format('CREATE TABLE ring%s (id int PRIMARY KEY, next int, own int REFERENCES ring%s, UNIQUE (next))', n, n); END LOOP;
         FOR n IN 0..7 LOOP EXECUTE format('ALTER TABLE ring%s ADD FOREIGN KEY (next) REFERENCES ring%s DEFERRABLE INITIALLY DEFERRED, ADD FOREIGN KEY (own) REFERENCES ring%s DEFERRABLE INITIALLY DEFERRED', n, (n + 1) % 8, (n + 7) % 8); END LOOP;
         FOR n IN 0..7 LOOP EXECUTE format('INSERT INTO ring%s SELECT 1, 1, 1', n); END LOOP;
       END $$;
       CREATE TABLE parted (a int, b int, PRIMARY KEY (a, b), UNIQUE (b, a)) PARTITION BY RANGE (a); CREATE INDEX down ON parted (b); COMMENT ON INDEX down IS 'd';
       CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10); CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20) PARTITION BY LIST (b);
       CREATE TABLE parted_2_1 PARTITION OF parted_2 FOR VALUES IN (1); CREATE TABLE parted_2_rest PARTITION OF parted_2 DEFAULT;
       INSERT INTO parted SELECT n, n % 3 FROM generate_series(0, 19) n; ALTER TABLE parted_1 REPLICA IDENTITY USING INDEX parted_1_pkey; ALTER TABLE parted_1 CLUSTER ON parted_1_b_idx;
       CREATE TABLE refers (a int, b int, FOREIGN KEY (a, b) REFERENCES parted); INSERT INTO refers VALUES (10, 1);
       ALTER TABLE parted ADD up int; ALTER TABLE parted ADD FOREIGN KEY (up) REFERENCES ring0; ALTER TABLE ring0 ADD p int DEFAULT 1, ADD FOREIGN KEY (id, p) REFERENCES parted (a, b);
       CREATE TABLE base (n int PRIMARY KEY CHECK (n > 0)); CREATE TABLE heir (PRIMARY KEY (n)) INHERITS (base); ALTER TABLE base ADD CONSTRAINT late CHECK (n < 100) NOT VALID; INSERT INTO heir VALUES (1);
       CREATE TABLE spans (s int4range, EXCLUDE USING gist (s WITH &&));
       CREATE TABLE grouped (id int PRIMARY KEY, x text); CREATE MATERIALIZED VIEW m1 AS SELECT id, x FROM grouped GROUP BY id; CREATE UNIQUE INDEX ON m1 (id); CREATE MATERIALIZED VIEW m2 AS SELECT count(*) FROM m1; CREATE MATERIALIZED VIEW m0 AS SELECT * FROM m2; CREATE VIEW v AS SELECT id, x FROM grouped GROUP BY id`,
    );
    expect(await restoredBoth(backup, 'tied')).toEqual([]);
    await sameAsSource('tied');
    expect(await here.server.sql('SELECT count(*) FROM pg_index WHERE NOT indisvalid', 'tied_by_four')).toBe(
      '0',
    );
  });

  test('of two that wait for each other for ever, both come back [B27]', async () => {
    const backup = await here.made(
      'knot',
      `CREATE SEQUENCE arrivals;
       CREATE FUNCTION ties(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
         IF NOT ${RESTORED} THEN RETURN $1; END IF;
         PERFORM pg_advisory_xact_lock($1), nextval('public.arrivals');
         WHILE (SELECT last_value FROM public.arrivals) < 2 LOOP PERFORM pg_sleep(0.01); END LOOP;
         PERFORM pg_advisory_xact_lock($2); RETURN $1;
       END $$;
       CREATE TABLE a AS SELECT 1 AS n, 2 AS m; CREATE INDEX one ON a (ties(n, m)); CREATE TABLE b AS SELECT 2 AS n, 1 AS m; CREATE INDEX two ON b (ties(n, m))`,
    );
    expect(await here.kind.restore(into(backup, 'knot', 'knot copy'))).toMatchObject({
      skipped: [],
      skippedCount: 0,
    });
    expect(
      await here.server.sql("SELECT count(*) FROM pg_indexes WHERE indexname IN ('one', 'two')", 'knot copy'),
    ).toBe('2');
    expect(await here.server.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = 'knot copy'")).toBe(
      '1',
    );
  });

  test('a server that takes few connections gets few [B27]', async () => {
    await here.server.sql("CREATE ROLE few LOGIN CREATEDB PASSWORD 'few' CONNECTION LIMIT 2");
    const backup = await here.made(
      'narrow',
      `DO $$ BEGIN FOR n IN 1..12 LOOP EXECUTE format('CREATE TABLE t%s AS SELECT 1 AS n; CREATE INDEX ON t%s (n)', n, n); END LOOP; END $$`,
    );
    const url = here.server.url('narrow copy').replace(/\/\/[^@]*@/, '//few:few@');
    await here.kind.restore(into(backup, 'narrow', 'env:NEW_URL', { secrets: { NEW_URL: url } }));
    expect(
      await here.server.sql("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'", 'narrow copy'),
    ).toBe('12');
  });

  test('a cancellation ends all of them, and the database that was made is gone [B2]', async () => {
    const backup = await here.made(
      'cancelled',
      `CREATE FUNCTION waits(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF ${RESTORED} THEN PERFORM pg_sleep(600); END IF; RETURN $1; END $$;
       DO $$ BEGIN FOR n IN 1..6 LOOP EXECUTE format('CREATE TABLE t%s AS SELECT 1 AS n; CREATE INDEX ON t%s (waits(n))', n, n); END LOOP; END $$`,
    );
    const cancel = new AbortController();
    const task = into(backup, 'cancelled', 'cancelled copy', { signal: cancel.signal });
    const building = () =>
      here.server.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CREATE INDEX%waits%'",
      );
    const ended = here.kind.restore(task).catch((error: unknown) => error);
    await until('four build', async () => (await building()) === '4');
    cancel.abort(new Error('cancelled by a test'));
    expect(await ended).toMatchObject({ message: 'cancelled by a test' });
    expect([await building(), await here.drafts()]).toEqual(['0', '']);
  });
});
