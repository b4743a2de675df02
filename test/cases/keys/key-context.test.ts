import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SqliteCatalog } from '../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import type { BackupKeyRecord } from '../../../lib/model/records/keys.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import type { Api } from '../../acceptance/api.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let api: Api;
const config = {
  domains: ['root', 'blue'],
  components: [{ id: 'files', kind: 'directory', path: 'source' }],
};

beforeAll(async () => {
  here = await Installation.start({ config: () => ({ installation: 'berlin', ...config }) });
  api = here.api;
  await writeTree(here.path('source'), { 'a.txt': 'alpha' });
}, 60_000);
afterAll(() => here.close());

/** Changes a key's record directly in the catalog, as somebody with write access to it could. */
const withKey = async (id: string, change: Partial<BackupKeyRecord>): Promise<void> => {
  await here.end('SIGTERM');
  const catalog = new SqliteCatalog(join(here.data, 'catalog.db'));
  const key = (await catalog.get('key', id))?.record;
  if (key === undefined) throw new Error('there is no such key');
  await catalog.commit([put('key', { ...key, ...change })]);
  catalog.close();
  await here.startServer();
  api = here.api;
};

describe('what a backup key was wrapped with [C3]', () => {
  test('is its scope and domain: with another one in its record it opens nothing', async () => {
    const backup = await api.backup({ components: ['files'] });
    const { keyId } = backup.encryption;
    const path = `/v1/backups/${backup.id}/contents`;
    for (const change of [{ domain: 'blue' }, { scope: 'domain' as const }]) {
      await withKey(keyId, change);
      const { status, body } = await api.get(path);
      expect([status, body.code]).toEqual([403, 'wrong_key']);
      await withKey(keyId, { scope: 'system', domain: 'root' });
    }
    expect((await api.get(path)).status).toBe(200);
  }, 60_000);

  test('is the private half of that very key: another key’s does not do in its place', async () => {
    const backup = await api.backup({ components: ['files'] });
    const other = (await api.post('/v1/keys', {})).body;
    await here.end('SIGTERM');
    const catalog = new SqliteCatalog(join(here.data, 'catalog.db'));
    const [mine, another] = [
      (await catalog.get('key', backup.encryption.keyId))?.record,
      (await catalog.get('key', other.id))?.record,
    ];
    if (mine === undefined || another === undefined) throw new Error('a key is gone');
    await catalog.commit([put('key', { ...mine, wrappedIdentity: another.wrappedIdentity })]);
    await here.startServer();
    const { status, body } = await here.api.get(`/v1/backups/${backup.id}/contents`);
    expect([status, body.code]).toEqual([403, 'wrong_key']);
    await catalog.commit([put('key', mine)]);
    catalog.close();
    api = here.api;
  }, 60_000);

  test('is the installation’s name: under another one the server does not start, and says what to do', async () => {
    const backup = await api.backup({ components: ['files'] });
    await here.end('SIGTERM');
    await here.configure({ installation: 'berlino', ...config });
    await expect(here.startServer()).rejects.toThrow(
      /began as "berlin".*now calls it "berlino".*set "installation" to "berlin" again/s,
    );
    await here.end('SIGKILL');
    await here.configure({ installation: 'berlin', ...config });
    await here.startServer();
    api = here.api;
    const restore = await api.restore(backup.id, { targets: { files: here.path('restored') } });
    expect(restore.state).toBe('SUCCESS');
    expect(await readFile(here.path('restored', 'a.txt'), 'utf8')).toBe('alpha');
  }, 60_000);
});
