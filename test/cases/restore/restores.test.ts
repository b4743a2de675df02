import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { differences, writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let api: Api;
// biome-ignore lint/suspicious/noExplicitAny: a record of the API
let backup: any;
const target = (): string => here.path('target');

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [
        { id: 'files', kind: 'directory', path: 'source', afterRestore: 'restart the web server' },
        { id: 'more', kind: 'directory', path: 'more' },
      ],
    }),
  });
  api = here.api;
  await writeTree(here.path('source'), {
    'a.txt': 'alpha',
    'deep/er/b.bin': Buffer.alloc(100_000, 'b'),
    ünïcode: 'u',
  });
  await mkdir(here.path('source', 'empty'));
  await symlink('../a.txt', here.path('source', 'deep', 'link'));
  await utimes(here.path('source', 'a.txt'), 1_000_000_000, 1_000_000_000);
  await writeTree(here.path('more'), { 'm.txt': 'more' });
  backup = await api.backup();
});
afterAll(() => here.close());
beforeEach(() => rm(target(), { recursive: true, force: true }));

const into = (more: Record<string, unknown> = {}) => ({
  components: ['files'],
  targets: { files: target() },
  ...more,
});

describe('a restore [K6] [D6]', () => {
  test('elsewhere gives the tree as it was, and says what to restart [T7] [C16]', async () => {
    const restore = await api.restore(backup.id, into());
    expect(restore).toMatchObject({
      state: 'SUCCESS',
      backupId: backup.id,
      componentStatus: { files: 'SUCCESS' },
      components: { files: { kind: 'directory', target: target(), shortError: '' } },
      afterwards: ['files: restart the web server'],
    });
    expect(differences(here.path('source'), target())).toBe('');
  });

  test('to the original place brings back what was lost or changed', async () => {
    await rm(here.path('more', 'm.txt'));
    const restore = await api.restore(backup.id, { components: ['more'], inPlace: true });
    expect(restore.state).toBe('SUCCESS');
    expect(await readFile(here.path('more', 'm.txt'), 'utf8')).toBe('more');
  });

  test('of all components, each with its status', async () => {
    const restore = await api.restore(backup.id, {
      targets: { files: here.path('target', 'files'), more: here.path('target', 'more') },
    });
    expect(restore.componentStatus).toEqual({ files: 'SUCCESS', more: 'SUCCESS' });
  });

  test('goes on with the other components when one fails, and says which [D4]', async () => {
    const restore = await api.restore(backup.id, {
      targets: { files: '/proc/holdfast/nowhere', more: target() },
    });
    expect(restore).toMatchObject({
      state: 'FAILED',
      shortError: expect.stringContaining('component files'),
      componentStatus: { files: 'FAILED', more: 'SUCCESS' },
      // No component was restored, so none has instructions for afterwards.
      afterwards: [],
    });
    expect(await readFile(`${target()}/m.txt`, 'utf8')).toBe('more');
  });

  test('into a place that can hold no folder fails with a sentence, and nothing is touched', async () => {
    await writeFile(target(), 'a file where a folder should be');
    const restore = await api.restore(backup.id, {
      targets: { files: `${target()}/below`, more: here.path('unmade') },
    });
    expect(restore).toMatchObject({
      state: 'FAILED',
      shortError: expect.stringMatching(/files.*nothing was touched/),
    });
    expect(existsSync(here.path('unmade'))).toBe(false);
  });

  test('of a component, target or backup that is not there is refused with a sentence', async () => {
    const post = (request: unknown, id = backup.id) => api.post(`/v1/backups/${id}/restores`, request);
    const before = (await api.get('/v1/restores')).body.total;
    const unknown = await post({ components: ['nope'] });
    expect([unknown.status, unknown.body.detail]).toEqual([
      400,
      expect.stringMatching(/"nope".*files, more/),
    ]);
    expect((await post({ targets: { nope: '/tmp' } })).status).toBe(400);
    const swallowed = await post(`{"targets": {"__proto__": ${JSON.stringify(target())}}}`);
    expect([swallowed.status, swallowed.body.detail]).toEqual([
      400,
      expect.stringContaining('unknown: "__proto__"'),
    ]);
    expect((await api.get('/v1/restores')).body.total).toBe(before);
    expect((await post({}, backup.id.replace('backup', 'backups'))).status).toBe(404);
    const failed = await api.backup({ components: ['files'], fileName: 'x.tar' });
    await rm(here.path('data', 'archives', 'x.tar'));
    const gone = await post({}, failed.id);
    expect([gone.status, gone.body.detail]).toEqual([404, expect.stringContaining('x.tar')]);
  });
});

test.each(['relative/x', '.', '', '\u0000', '/tmp/\u0000x'])(
  'a restore to the folder %j is refused when it is asked for: nothing is started [K6]',
  async (folder) => {
    const { total } = (await api.get('/v1/restores')).body;
    const request = { components: ['files'], targets: { files: folder } };
    const { status, body } = await api.post(`/v1/backups/${backup.id}/restores`, request);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    if (folder !== '') expect(body.detail).toContain('give its absolute path');
    expect((await api.get('/v1/restores')).body.total).toBe(total);
  },
);

describe('a dry run [B7]', () => {
  test('plans what would be created, overwritten and skipped, and touches nothing', async () => {
    await writeTree(target(), { 'a.txt': 'mine', 'own.txt': 'kept' });
    const plan = async (existing: string) =>
      (await api.restore(backup.id, into({ dryRun: true, existing }))).plan.files;
    const overwrite = await plan('overwrite');
    // The target folder itself keeps its mode.
    expect(overwrite.counts).toMatchObject({ skip: 1, refuse: 0 });
    expect(overwrite.entries).toContainEqual(expect.objectContaining({ path: 'a.txt', action: 'overwrite' }));
    expect(overwrite.entries).toContainEqual(
      expect.objectContaining({ path: 'deep/er/b.bin', action: 'create' }),
    );
    expect((await plan('skip')).entries).toContainEqual(
      expect.objectContaining({ path: 'a.txt', action: 'skip' }),
    );
    expect((await plan('refuse')).entries).toContainEqual(
      expect.objectContaining({ path: 'a.txt', action: 'refuse', reason: expect.any(String) }),
    );
    expect(await readFile(`${target()}/a.txt`, 'utf8')).toBe('mine');
    expect(existsSync(`${target()}/deep`)).toBe(false);
  });

  test('of a target that is not there does not make it', async () => {
    const restore = await api.restore(backup.id, into({ dryRun: true }));
    expect(restore).toMatchObject({ state: 'SUCCESS', dryRun: true, afterwards: [] });
    expect(restore.plan.files.counts).toMatchObject({ overwrite: 0, skip: 0, refuse: 0 });
    expect(existsSync(target())).toBe(false);
  });
});

describe('what is already there', () => {
  beforeEach(() => writeTree(target(), { 'a.txt': 'mine', 'own.txt': 'kept' }));

  test('is overwritten by default, and what the archive does not hold is left alone', async () => {
    expect((await api.restore(backup.id, into())).state).toBe('SUCCESS');
    expect(await readFile(`${target()}/a.txt`, 'utf8')).toBe('alpha');
    expect(await readFile(`${target()}/own.txt`, 'utf8')).toBe('kept');
  });

  test('is skipped when asked', async () => {
    await api.restore(backup.id, into({ existing: 'skip' }));
    expect(await readFile(`${target()}/a.txt`, 'utf8')).toBe('mine');
    expect(existsSync(`${target()}/deep/er/b.bin`)).toBe(true);
  });

  test('makes the restore fail, with nothing touched, when asked', async () => {
    const restore = await api.restore(backup.id, into({ existing: 'refuse' }));
    expect(restore).toMatchObject({
      state: 'FAILED',
      shortError: expect.stringMatching(/a\.txt.*nothing was touched/),
    });
    expect(existsSync(`${target()}/deep`)).toBe(false);
  });
});

test('an archive with a changed byte is refused before anything is touched [B8]', async () => {
  const { id, fileName } = await api.backup({ components: ['files'], fileName: 'changed.tar' });
  const path = here.path('data', 'archives', fileName);
  const bytes = await readFile(path);
  const at = bytes.length - 3000;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const answer = await api.post(`/v1/backups/${id}/restores`, into());
  expect(answer.status).toBe(422);
  expect(answer.body.code).toMatch(/^archive_/);
  expect(existsSync(target())).toBe(false);
});

test('verify reads an archive again, whole or in part, also inside [U9]', async () => {
  for (const request of [{}, { subset: '1/2' }, { deep: true }]) {
    const { status, body } = await api.post(`/v1/backups/${backup.id}/verify`, request);
    expect(status).toBe(202);
    expect(await api.ended(`/v1/verifications/${body.id}`)).toMatchObject({
      state: 'SUCCESS',
      bytes: expect.any(Number),
    });
  }
  const { id, fileName } = await api.backup({ components: ['files'], fileName: 'rotten.tar' });
  const path = here.path('data', 'archives', fileName);
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const { body } = await api.post(`/v1/backups/${id}/verify`);
  expect(await api.ended(`/v1/verifications/${body.id}`)).toMatchObject({
    state: 'FAILED',
    shortError: expect.any(String),
  });
});
