/**
 * A backup never captures the installation's own data and a restore never writes over it, whatever path leads
 * to it.
 */
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { Api } from '../../acceptance/api.ts';
import { Binds, canBind, testWithBinds } from '../../binds.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { writeTree } from '../files.ts';

const binds = new Binds();
let folder: string;
const path = (...names: string[]): string => join(folder, ...names);
let server: RunningServer;
let api: Api;

const start = async (components: readonly object[]): Promise<void> => {
  server = await startServer({
    data: path('app', 'holdfast-data'),
    config: configSchema.parse({ components, backupPaths: [path('place')] }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  const token = await readFile(path('app', 'holdfast-data', 'cli.token'), 'utf8');
  api = new Api(server.url, token.trim());
};

const directory = (id: string, at: string) => ({ id, kind: 'directory', path: at });
const app = () => directory('app', path('app'));

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-own-')));
  await writeTree(path('app'), { 'index.js': 'code', 'uploads/a.txt': 'alpha' });
  await mkdir(path('place'));
  await start([app()]);
});
afterAll(async () => {
  await server.close();
  binds.undo();
  await rm(folder, { recursive: true, force: true });
});

/** The paths in a backup. */
const contentsOf = async (id: string): Promise<string[]> => {
  const { body } = await api.get(`/v1/backups/${id}/contents?limit=1000`);
  return body.resources.map((entry: { path: string }) => entry.path).sort();
};

const own = () =>
  Promise.all(
    ['installation.key', 'catalog.db', 'cli.token'].map(async (name) => {
      const { ino } = await stat(path('app', 'holdfast-data', name));
      return `${name} ${ino}`;
    }),
  );

describe('a component around the data folder [B7] [C15] [U4]', () => {
  testWithBinds(
    'is captured without it, and without the places of archives, by links, binds and hard links, too',
    async () => {
      // This backup creates the folder of archives.
      await api.backup();
      await binds.make(path('app', 'holdfast-data'), path('app', 'bound'));
      await binds.make(path('app', 'holdfast-data', 'archives'), path('app', 'deep', 'archives'));
      await binds.make(path('place'), path('app', 'place-too'));
      await symlink('holdfast-data', path('app', 'linked'));
      await link(path('app', 'holdfast-data', 'installation.key'), path('app', 'key-copy'));
      const backup = await api.backup({ backupPath: path('place') });
      expect(backup.state).toBe('SUCCESS');
      expect(await contentsOf(backup.id)).toEqual([
        '.',
        'deep',
        'index.js',
        'linked',
        'uploads',
        'uploads/a.txt',
      ]);
      const [warning, ...others] = backup.components.app.warnings;
      expect(others).toEqual([]);
      expect(warning).toBe(
        'left out, since Holdfast keeps its own data and archives there: "bound", "deep/archives", "holdfast-data", "key-copy", "place-too"',
      );
      await rm(path('app', 'key-copy'));
    },
  );

  test('is restored in place, and leaves alone what an old archive has of it', async () => {
    // A state before the data folder existed, with a hard link from the future data folder to a file outside.
    await writeTree(path('old'), {
      'index.js': 'old code',
      'holdfast-data/installation.key': 'foreign',
      'holdfast-data/archives/x.tar': 'foreign',
      'holdfast-data/large': Buffer.alloc(9_000_000, 1),
    });
    await link(path('old', 'holdfast-data', 'installation.key'), path('old', 'zlink'));
    await server.close();
    await start([directory('app', path('old'))]);
    const { id } = await api.backup();
    expect(await contentsOf(id)).toContain('holdfast-data/installation.key');
    await server.close();
    await start([app()]);
    const before = await own();

    const planned = await api.restore(id, { dryRun: true });
    expect(planned).toMatchObject({ state: 'SUCCESS', plan: { app: { counts: { overwrite: 2, skip: 5 } } } });
    expect(planned.plan.app.entries).toContainEqual({
      path: 'holdfast-data/installation.key',
      action: 'skip',
      reason: expect.stringContaining('Holdfast keeps its own data or archives'),
    });
    const restored = await api.restore(id, { inPlace: true });
    expect(restored).toMatchObject({ state: 'PARTIAL', components: { app: { skippedCount: 6 } } });
    const skipped = restored.components.app.skipped.map((one: { path: string }) => one.path);
    expect(skipped.sort()).toEqual([
      'holdfast-data',
      'holdfast-data/archives',
      'holdfast-data/archives/x.tar',
      'holdfast-data/installation.key',
      'holdfast-data/large',
      'zlink',
    ]);
    expect(await readFile(path('app', 'index.js'), 'utf8')).toBe('old code');
    expect(await own()).toEqual(before);
    expect(existsSync(path('app', 'zlink'))).toBe(false);
    expect(existsSync(path('app', 'holdfast-data', 'large'))).toBe(false);
  });
});

describe('a restore to the own data [B7]', () => {
  test('is refused in the request and by name, through links, binds and names that are made on the way', async () => {
    const { id } = await api.backup();
    await symlink(path('app', 'holdfast-data'), path('to-data'));
    for (const target of [
      path('app', 'holdfast-data'),
      path('app', 'holdfast-data', 'new', 'folder'),
      path('app', 'holdfast-data', 'archives'),
      ...(canBind ? [path('app', 'bound', 'below'), path('app', 'deep', 'archives')] : []),
      path('to-data'),
      path('to-data', 'x'),
      path('none', '..', 'app', 'holdfast-data'),
      path('place'),
      path('place', 'sub'),
    ])
      for (const dryRun of [true, false]) {
        const { status, body } = await api.post(`/v1/backups/${id}/restores`, {
          targets: { app: target },
          dryRun,
        });
        expect([target, status, body.code]).toEqual([target, 409, 'restore_refused']);
        expect(body.detail).toMatch(
          /component "app" cannot be restored to .*Holdfast keeps its own data or archives/,
        );
      }
    expect(existsSync(path('none'))).toBe(false);
    expect(existsSync(path('place', 'sub'))).toBe(false);
  });
});

describe('what a command writes', () => {
  test('never lies in a data folder, whatever leads there', async () => {
    const { id } = await api.backup();
    const key = (await api.get('/v1/keys')).body.resources[0].id;
    const before = await own();
    const at = ['--data', path('app', 'holdfast-data')];
    for (const file of [
      path('app', 'holdfast-data', 'catalog.db'),
      path('app', 'holdfast-data', 'archives', 'new.tar'),
      path('to-data', 'new'),
    ])
      for (const words of [
        ['backup', 'download', id, '--overwrite', '--output', file],
        ['key', 'download', key, '--password-file', path('password'), '--file', file],
      ]) {
        const { code, err } = await holdfast([...words, ...at]);
        expect([words[0], code]).toEqual([words[0], 1]);
        expect(err).toMatch(/lies in .*holdfast-data, a data folder of Holdfast/);
      }
    expect(await own()).toEqual(before);
  });
});

describe('a component that is the own data', () => {
  const binding = canBind ? [['a bind of it', () => path('app', 'bound')] as const] : [];
  test.each([
    ['the data folder', () => path('app', 'holdfast-data')],
    ['what lies in it', () => path('app', 'holdfast-data', 'archives')],
    ['a link to it', () => path('to-data')],
    ['a place of archives', () => path('place')],
    ...binding,
  ])('%s is refused when the configuration is read, and at the start', async (_, at) => {
    await writeFile(
      path('holdfast.config.json'),
      JSON.stringify({ components: [directory('self', at())], backupPaths: [path('place')] }),
    );
    const args = ['--config', path('holdfast.config.json'), '--data', path('app', 'holdfast-data')];
    const checked = await holdfast(['config', 'check', ...args]);
    expect(checked.code).toBe(2);
    expect(checked.err).toMatch(
      /component "self": the directory .* where Holdfast keeps its own data or archives/,
    );
    const started = await holdfast(['serve', '--port', '0', ...args]);
    expect(started.code).toBe(2);
    expect(started.err).toContain('name another folder');
  });

  test('so is a place of archives that leads into the data folder, the one that it has excepted', async () => {
    const args = ['--config', path('holdfast.config.json'), '--data', path('app', 'holdfast-data')];
    const check = async (place: string) => {
      await writeFile(path('holdfast.config.json'), JSON.stringify({ backupPaths: [place] }));
      return holdfast(['config', 'check', ...args]);
    };
    for (const place of [path('app', 'holdfast-data'), path('to-data', 'new')]) {
      const { code, err } = await check(place);
      expect(code).toBe(2);
      expect(err).toContain('leads into the data folder');
    }
    expect(await check(path('app', 'holdfast-data', 'archives'))).toMatchObject({ code: 0 });
    expect(await check(path('place'))).toMatchObject({ code: 0 });
  });

  testWithBinds('fails by name when it has become that since', async () => {
    await mkdir(path('elsewhere'));
    await server.close();
    await start([directory('app', path('elsewhere'))]);
    await binds.make(path('app', 'holdfast-data'), path('elsewhere'));
    expect(await api.backup()).toMatchObject({
      state: 'FAILED',
      errorCode: 'component_unavailable',
      shortError: expect.stringContaining('where Holdfast keeps its own data or archives'),
    });
  });
});
