/**
 * How the targets of one restore relate, what happens to the target folder itself, and what a dry run
 * reports.
 */
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  utimes,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { type Answer, Api } from '../../acceptance/api.ts';
import { Binds, canBind } from '../../binds.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { writeTree } from '../files.ts';
import { MemoryBuckets } from '../memory-buckets.ts';

const binds = new Binds();
let folder: string;
const path = (...names: string[]): string => join(folder, ...names);
let server: RunningServer;
let api: Api;
let backupId: string;
const buckets = new MemoryBuckets();

const ids = ['one', 'two'] as const;
const SOURCE_TIME = new Date('2001-02-03T04:05:06Z');
const asRoot = process.getuid?.() === 0;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-targets-')));
  for (const id of ids) {
    await writeTree(path(id), { [`${id}.txt`]: id, 'same.txt': id });
    await chmod(path(id), 0o750);
    if (asRoot) await chown(path(id), 4711, 4712);
    await utimes(path(id), SOURCE_TIME, SOURCE_TIME);
  }
  server = await startServer({
    data: path('data'),
    config: configSchema.parse({
      components: [
        ...ids.map((id) => ({ id, kind: 'directory', path: path(id) })),
        { id: 'left', kind: 's3', bucket: 'left-bucket' },
        { id: 'right', kind: 's3', bucket: 'right-bucket', prefix: 'p/' },
      ],
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  Object.assign(server.host, { buckets });
  for (const bucket of ['left-bucket', 'right-bucket']) buckets.bucket(bucket).set('p/key', Buffer.from('x'));
  api = new Api(server.url, (await readFile(path('data', 'cli.token'), 'utf8')).trim());
  backupId = (await api.backup()).id;
});
afterAll(async () => {
  await server.close();
  binds.undo();
  await rm(folder, { recursive: true, force: true });
});

const ask = async (request: Record<string, unknown>): Promise<Answer> =>
  api.post(`/v1/backups/${backupId}/restores`, request);
/** Restores the component `one` to a target with the command line, with more options. */
const restoringOne =
  (target: string) =>
  (...args: string[]) => {
    const to = ['--component', 'one', '--to', `one=${target}`];
    return holdfast(['backup', 'restore', backupId, ...to, '--data', path('data'), ...args]);
  };
const restored = (request: Record<string, unknown>) => api.restore(backupId, { inPlace: true, ...request });

describe('components that are restored together [B7]', () => {
  /** Fails unless both the restore and its dry run are refused before they take the lock. */
  const expectRefused = async (targets: Record<string, string>, ...words: RegExp[]): Promise<void> => {
    for (const dryRun of [true, false]) {
      const { status, body } = await ask({ components: Object.keys(targets), targets, dryRun });
      expect([status, body.code]).toEqual([409, 'restore_refused']);
      for (const word of words) expect(body.detail).toMatch(word);
    }
  };

  test('are refused one target, also when it is spelled differently, is a link or a bind, or is not there yet', async () => {
    await mkdir(path('into'));
    await symlink('into', path('into-link'));
    if (canBind) await binds.make(path('into'), path('into-bind'));
    const both = [/component "two"/, /component "one"/, /which is the target/];
    await expectRefused({ one: path('into'), two: path('into') }, ...both);
    await expectRefused({ one: path('into'), two: `${path('into')}/./` }, ...both);
    await expectRefused({ one: path('into-link'), two: path('into') }, ...both);
    if (canBind) await expectRefused({ one: path('into-bind'), two: path('into') }, ...both);
    await expectRefused({ one: path('new', 'a'), two: path('new', 'b', '..', 'a') }, ...both);
    const other = canBind ? 'into-bind' : 'into';
    await expectRefused({ one: path(other, 'new'), two: path('into-link', 'new') }, ...both);
    expect(await readdir(path('into'))).toEqual([]);
  });

  test('are refused targets one in the other', async () => {
    await expectRefused(
      { one: path('into'), two: path('into', 'below') },
      /which lies in the target of component "one"/,
    );
    await expectRefused(
      { one: path('into', 'a', 'b'), two: path('into-link') },
      /which lies around the target/,
    );
    await expectRefused({ one: path('new'), two: path('new', 'x') }, /which lies in/);
    await expectRefused({ one: path('two', 'x'), two: path('two') }, /one after the other/);
  });

  test('are refused what another one of them is backed up from', async () => {
    await expectRefused({ one: path('two'), two: path('away') }, /what component "two" is backed up from/);
    await expectRefused(
      { one: path('two', 'deep', 'er'), two: path('away') },
      /which lies in what component "two"/,
    );
    // The request names only this component, so it is allowed.
    const { status, body } = await ask({
      components: ['one'],
      targets: { one: path('two', 'deep') },
      dryRun: true,
    });
    expect(status).toBe(202);
    expect(await api.ended(`/v1/restores/${body.id}`)).toMatchObject({ state: 'SUCCESS' });
  });

  test('may lie beside each other, with names that begin alike', async () => {
    const targets = { one: path('beside', 'a'), two: path('beside', 'ab') };
    expect(await restored({ components: ['one', 'two'], targets })).toMatchObject({ state: 'SUCCESS' });
    expect(await readFile(path('beside', 'a', 'same.txt'), 'utf8')).toBe('one');
    expect(await readFile(path('beside', 'ab', 'same.txt'), 'utf8')).toBe('two');
  });

  test('are refused one prefix of a bucket, or one in the other', async () => {
    await expectRefused({ left: 's3://new-bucket/x/', right: 'new-bucket/x/' }, /which is the target/);
    await expectRefused(
      { left: 's3://new-bucket/', right: 's3://new-bucket/x/' },
      /which lies in the target/,
    );
    await expectRefused({ one: 's3://new-bucket/x/', right: 's3://new-bucket/x/y' }, /component "right"/);
    await expectRefused({ left: 's3://right-bucket/p/q', right: 's3://new-bucket/' }, /is backed up from/);
    const targets = { left: 's3://new-bucket/a/', right: 's3://new-bucket/b/' };
    expect(await restored({ components: ['left', 'right'], targets })).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('the folder that a component is restored to [B5]', () => {
  /** The folder's mode, owner and time, to compare with the source or with the former state. */
  const attributesOf = async (at: string) => {
    const { mode, uid, gid, mtimeMs } = await stat(at);
    return { mode: mode & 0o7777, uid, gid, isOld: mtimeMs === SOURCE_TIME.getTime() };
  };
  const [uid, gid] = asRoot ? [4711, 4712] : [process.getuid?.(), process.getgid?.()];
  const sources = { mode: 0o750, uid, gid, isOld: true };
  const shared = { mode: 0o1777, uid: process.getuid?.(), gid: process.getgid?.(), isOld: false };
  const makeShared = async (...names: string[]): Promise<string> => {
    await mkdir(path(...names), { recursive: true });
    await chmod(path(...names), 0o1777);
    return path(...names);
  };

  test.each([
    ['an empty one', []],
    ['one in use', ['in-use.txt']],
  ])('%s that was there keeps its own mode, owner and time, and the plan says so', async (name, files) => {
    const target = await makeShared(`shared ${name}`);
    await writeTree(target, Object.fromEntries(files.map((file) => [file, 'x'])));
    const request = { components: ['one'], targets: { one: target } };
    const planned = await restored({ ...request, dryRun: true });
    expect(planned.plan.one).toMatchObject({ rootAttributes: false, counts: { create: 2, skip: 1 } });
    expect(planned.plan.one.entries).toContainEqual({
      path: '.',
      action: 'skip',
      reason: expect.stringContaining('keeps its own mode, owner and time'),
    });
    expect(await restored(request)).toMatchObject({
      state: 'SUCCESS',
      plan: { one: { rootAttributes: false } },
    });
    expect(await attributesOf(target)).toEqual(shared);
    expect(await readFile(join(target, 'one.txt'), 'utf8')).toBe('one');
  });

  test('gets them where that is asked for', async () => {
    const target = await makeShared('asked');
    await writeTree(target, { 'in-use.txt': 'x' });
    const request = { components: ['one'], targets: { one: target }, rootAttributes: true };
    const planned = await restored({ ...request, dryRun: true });
    expect(planned.plan.one).toMatchObject({ rootAttributes: true, counts: { create: 2, overwrite: 1 } });
    expect(await restored(request)).toMatchObject({ state: 'SUCCESS', rootAttributes: true });
    expect(await attributesOf(target)).toEqual(sources);
  });

  test('gets them where we made it', async () => {
    const target = path('made', 'anew');
    expect(await restored({ components: ['one'], targets: { one: target } })).toMatchObject({
      state: 'SUCCESS',
      plan: { one: { rootAttributes: true } },
    });
    expect(await attributesOf(target)).toEqual(sources);
  });

  test.each([
    ['as it is', () => ({})],
    ['by its path', () => ({ targets: { one: `${path('one')}/` } })],
    ['through a link', () => ({ targets: { one: path('one-link') } })],
  ])('gets them in its own place, named %s, full or emptied', async (_, named) => {
    await rm(path('one-link'), { force: true });
    await symlink('one', path('one-link'));
    for (const emptied of [false, true]) {
      if (emptied) for (const name of await readdir(path('one'))) await rm(path('one', name));
      await chmod(path('one'), 0o700);
      expect(await restored({ components: ['one'], ...named() })).toMatchObject({ state: 'SUCCESS' });
      expect(await attributesOf(path('one'))).toEqual(sources);
    }
  });

  test('is told, and asked for, on the command line', async () => {
    const target = await makeShared('by command');
    const run = restoringOne(target);
    expect((await run('--dry-run')).out).toContain(
      'the folder itself keeps its own mode, owner and time (--root-attributes restores them)',
    );
    expect((await run('--dry-run', '--root-attributes')).out).toContain(
      'the folder itself gets the mode, owner and time of the archive',
    );
    expect((await run('--wait', '--root-attributes')).code).toBe(0);
    expect(await attributesOf(target)).toEqual(sources);
  });
});

describe('a dry run [B7] [B3]', () => {
  test('whose plan holds refusals is REFUSED, with the code and the sentence of the restore, and ends with exit code 6', async () => {
    await mkdir(path('clash', 'same.txt'), { recursive: true });
    const request = { components: ['one'], targets: { one: path('clash') } };
    const planned = await restored({ ...request, dryRun: true });
    const failed = await restored(request);
    expect(failed).toMatchObject({ state: 'FAILED', errorCode: 'restore_refused' });
    expect(planned).toMatchObject({
      state: 'REFUSED',
      errorCode: 'restore_refused',
      shortError: failed.shortError,
      plan: { one: { counts: { refuse: 1 } } },
    });
    expect(await readdir(path('clash'))).toEqual(['same.txt']);

    const run = restoringOne(path('clash'));
    const dry = await run('--dry-run');
    expect(dry.code).toBe(6);
    expect(dry.out).toMatch(/state +REFUSED/);
    expect(dry.out).toContain('same.txt: it is a directory in the target');
    expect(dry.err).toContain('done: a restore would be refused');
    const json = await run('--dry-run', '--json');
    expect(json.code).toBe(6);
    expect(JSON.parse(json.out.trim().split('\n').at(-1) ?? '')).toMatchObject({ state: 'REFUSED' });
    expect((await run('--wait')).code).toBe(1);
    expect((await holdfast(['restore', 'show', planned.id, '--data', path('data')])).code).toBe(0);
  });

  test('names what is no folder in the target, and all that would lie in it', async () => {
    await writeTree(path('one'), { 'deep/er/x.txt': 'x' });
    const { id } = await api.backup({ components: ['one'] });
    await writeTree(path('no-folder'), { deep: 'a file' });
    const planned = await api.restore(id, { targets: { one: path('no-folder') }, dryRun: true });
    expect(planned).toMatchObject({ state: 'REFUSED', plan: { one: { counts: { refuse: 3 } } } });
    await rm(path('one', 'deep'), { recursive: true });
  });

  test('is REFUSED with --existing refuse where something is there, and SUCCESS where nothing is', async () => {
    const request = { components: ['one'], existing: 'refuse', dryRun: true };
    expect(await restored({ ...request, targets: { one: path('clash') } })).toMatchObject({
      state: 'REFUSED',
    });
    expect(await restored({ ...request, targets: { one: path('nothing', 'here') } })).toMatchObject({
      state: 'SUCCESS',
    });
  });
});
