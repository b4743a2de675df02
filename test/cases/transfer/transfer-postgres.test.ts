import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { differences, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { downloadArchive, downloadKey, uploadArchive, uploadKey } from './transfers.ts';

// The tests run real servers on a shared machine, so this limit is far above what they need.
jest.setTimeout(120_000);

const password = 'a password for the journey';
const ROWS = 'SELECT md5(string_agg(id || text, chr(10) ORDER BY id)), count(*) FROM notes';

describeWithPostgres('files and a database of one installation', () => {
  let [old, fresh]: (PostgresServer | undefined)[] = [];
  let [a, b]: (Installation | undefined)[] = [];

  beforeAll(async () => {
    [old, fresh] = await Promise.all([startPostgresServer(), startPostgresServer()]);
    await old.sql('CREATE DATABASE app');
    await old.sql(
      `CREATE TABLE notes (id int PRIMARY KEY, text text NOT NULL);
       INSERT INTO notes SELECT n, 'note ' || n || repeat('ü', n % 50) FROM generate_series(1, 5000) n`,
      'app',
    );
    [a, b] = await Promise.all([
      Installation.start({
        config: () => ({
          installation: 'old',
          components: [
            { id: 'files', kind: 'directory', path: 'source' },
            { id: 'database', kind: 'postgres', url: { env: 'APP_URL' } },
          ],
        }),
        env: { APP_URL: old.url('app') },
      }),
      // This installation has no components; the request gives the new database's address.
      Installation.start({
        config: () => ({ installation: 'new' }),
        env: { NEW_URL: fresh.url('app') },
      }),
    ]);
  });
  afterAll(() => Promise.all([a?.close(), b?.close(), old?.stop(), fresh?.stop()]));

  test('move to another one and another server, by an archive and a key file alone [T1] [T5] [T6] [O8]', async () => {
    if (!a || !b || !old || !fresh) throw new Error('not all is up');
    await writeTree(a.path('source'), { 'a.txt': 'alpha', 'deep/b.bin': Buffer.alloc(500_000, 'b') });
    const backup = await a.api.backup();
    expect(backup.state).toBe('SUCCESS');
    const archive = await downloadArchive(a.api, backup.id);
    const keyFile = await downloadKey(a.api, backup.encryption.keyId, password);
    // From here on, the old installation and its database no longer exist.
    const before = await old.sql(ROWS, 'app');
    await a.end('SIGKILL');
    await old.stop();

    expect((await uploadKey(b.api, keyFile, password)).status).toBe(201);
    expect(await uploadArchive(b.api, archive)).toMatchObject({ state: 'SUCCESS', signature: 'trusted' });
    const targets = { files: b.path('restored'), database: 'env:NEW_URL' };
    expect(await b.api.restore(backup.id, { targets, dryRun: true })).toMatchObject({
      state: 'SUCCESS',
      plan: { database: { counts: { refuse: 0 } } },
    });
    expect(await b.api.restore(backup.id, { targets })).toMatchObject({
      state: 'SUCCESS',
      componentStatus: { files: 'SUCCESS', database: 'SUCCESS' },
    });
    expect(differences(a.path('source'), b.path('restored'))).toBe('');
    expect(await fresh.sql(ROWS, 'app')).toBe(before);
    expect(b.log).not.toContain(fresh.password);
  });
});
