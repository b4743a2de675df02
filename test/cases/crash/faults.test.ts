import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { differences, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

const leftIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map(String)
        .filter((name) => name !== '.holdfast-staging')
    : [];

/** Whether this user may mount a small file system. */
const canMount =
  process.getuid?.() === 0 &&
  spawnSync('sh', ['-c', 'd=$(mktemp -d) && mount -t tmpfs -o size=1m none $d && umount $d']).status === 0;
if (!canMount) process.stderr.write('\nSKIPPED: tests of a full disk need the right to mount a tmpfs\n');

(canMount ? describe : describe.skip)('a full disk', () => {
  let here: Installation;
  let api: Api;
  beforeAll(async () => {
    here = await Installation.start({
      config: () => ({
        components: [
          { id: 'large', kind: 'directory', path: 'large' },
          { id: 'small', kind: 'directory', path: 'source' },
        ],
        backupPaths: ['small-disk/archives'],
      }),
    });
    api = here.api;
    await mkdir(here.path('large'));
    await writeFile(here.path('large', 'random'), randomBytes(60_000_000));
    await writeTree(here.path('source'), { 'a.txt': 'alpha' });
    await mkdir(here.path('small-disk'));
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', here.path('small-disk')]);
    await mkdir(here.path('small-disk', 'archives'));
  });
  afterAll(async () => {
    spawnSync('umount', [here.path('small-disk')]);
    await here.close();
  });

  test('in the middle of a backup: FAILED with the reason, nothing left, the room is free again', async () => {
    const request = { backupPath: here.path('small-disk', 'archives') };
    const record = await api.backup({ ...request, components: ['large'] });
    expect(record).toMatchObject({ state: 'FAILED', archiveBytes: 0 });
    expect(record.shortError).toMatch(/disk is full|no space/i);
    expect(leftIn(here.path('small-disk', 'archives'))).toEqual([]);
    expect((await api.backup({ ...request, components: ['small'] })).state).toBe('SUCCESS');
  });

  test('in the middle of a restore: FAILED with the reason, no half file under a name, no staging left', async () => {
    const backup = await api.backup({ components: ['large'] });
    const target = here.path('small-disk', 'target');
    const restore = await api.restore(backup.id, { targets: { large: target } });
    expect(restore.state).toBe('FAILED');
    expect(restore.shortError).toMatch(/disk is full|no space/i);
    expect(existsSync(join(target, 'random'))).toBe(false);
    expect(leftIn(target)).toEqual([]);
  });
});

describeWithPostgres('a whole system: database and attachments [T1] [O8]', () => {
  let postgres: PostgresServer;
  let here: Installation;
  let api: Api;
  beforeAll(async () => {
    postgres = await startPostgresServer();
    await postgres.sql('CREATE DATABASE app');
    await postgres.sql('CREATE TABLE t AS SELECT n, md5(n::text) FROM generate_series(1, 200000) n', 'app');
    here = await Installation.start({
      config: () => ({
        components: [
          { id: 'attachments', kind: 'directory', path: 'source' },
          { id: 'database', kind: 'postgres', url: { env: 'APP_URL' } },
        ],
      }),
      env: { APP_URL: postgres.url('app') },
    });
    api = here.api;
    await writeTree(here.path('source'), { 'a.txt': 'alpha', 'b/c.bin': randomBytes(100_000) });
  }, 60_000);
  afterAll(async () => {
    await here.close();
    await postgres.stop();
  });

  const sum = (database: string) =>
    postgres.sql(`SELECT count(*), md5(string_agg(t::text, '' ORDER BY n)) FROM t`, database);

  test('is backed up in one archive and restored together', async () => {
    const backup = await api.backup();
    expect(backup).toMatchObject({
      state: 'SUCCESS',
      components: { attachments: { state: 'SUCCESS' }, database: { state: 'SUCCESS', kind: 'postgres' } },
    });
    const restore = await api.restore(backup.id, {
      targets: { attachments: here.path('restored'), database: 'app_restored' },
    });
    expect(restore.componentStatus).toEqual({ attachments: 'SUCCESS', database: 'SUCCESS' });
    expect(differences(here.path('source'), here.path('restored'))).toBe('');
    expect(await sum('app_restored')).toBe(await sum('app'));
  });

  test('is backed up without attachments when asked', async () => {
    const backup = await api.backup({ components: ['database'] });
    expect(Object.keys(backup.components)).toEqual(['database']);
    const { resources } = (await api.get(`/v1/backups/${backup.id}/contents`)).body;
    expect(resources.map(({ path }: { path: string }) => path)).toEqual(['database.dump']);
  });

  test('shows the password in no record, no log and no process list', async () => {
    const backup = await api.backup({ components: ['database'], includeLogs: true });
    const log = (await api.get(`/v1/backups/${backup.id}/log`)).text;
    const { password } = postgres;
    for (const text of [JSON.stringify(backup), log, here.log]) expect(text).not.toContain(password);
  });

  test('a component that fails half way is left out, says why, and nothing of it is in the archive [B1]', async () => {
    // The server stops while the dump runs; the table is large, so that the dump is still running then.
    await postgres.sql(
      'CREATE TABLE big AS SELECT n, repeat(md5(n::text), 30) AS x FROM generate_series(1, 600000) n',
      'app',
    );
    const { body } = await api.post('/v1/backups', {});
    await api.until(`/v1/backups/${body.id}`, ({ components }) => components.database.sourceBytes > 0);
    await postgres.crash();
    const record = await api.ended(`/v1/backups/${body.id}`);
    await postgres.start();
    expect(record).toMatchObject({
      state: 'PARTIAL',
      components: { attachments: { state: 'SUCCESS' }, database: { state: 'FAILED', entries: 0 } },
    });
    expect(record.components.database.shortError).toMatch(/pg_dump|server|connection/i);
    const { body: contents } = await api.get(`/v1/backups/${record.id}/contents?limit=1000`);
    expect(contents.resources.map(({ component }: { component: string }) => component)).not.toContain(
      'database',
    );
    const { body: verification } = await api.post(`/v1/backups/${record.id}/verify`, { deep: true });
    expect((await api.ended(`/v1/verifications/${verification.id}`)).state).toBe('SUCCESS');
    const alone = await api.restore(record.id, { targets: { attachments: here.path('without-database') } });
    expect(alone.state).toBe('SUCCESS');
    expect(leftIn(join(here.data, 'archives', '.holdfast-staging'))).toEqual([]);
    expect(await api.backup({ components: ['attachments'] })).toMatchObject({
      state: 'SUCCESS',
      shortError: '',
    });
  }, 60_000);
});
