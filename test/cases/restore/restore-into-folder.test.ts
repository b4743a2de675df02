/** Restores backups of buckets on a host without buckets, and the other way round. */
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { type Answer, Api } from '../../acceptance/api.ts';
import { writeTree } from '../files.ts';
import { MemoryBuckets } from '../memory-buckets.ts';

let folder: string;
let server: RunningServer;
let api: Api;
let backup: Answer['body'];
const buckets = new MemoryBuckets();

/** Keys that are not valid paths, and the paths they become. */
const objects = [
  { key: 'plain.txt', path: 'objects/plain.txt' },
  { key: 'deep/er/ünï 100%', path: 'objects/deep/er/ünï 100%25' },
  { key: '../out', path: 'objects/%2E%2E/out' },
  { key: '/rooted//twice', path: 'objects/%_/rooted/%_/twice' },
];

const long = 'ü'.repeat(140);
/** Keys that are not valid file names, or that cannot exist beside each other. */
const odd = ['a', 'a/b', 'x'.repeat(252), long, `${long}/x`, `${long.slice(1)}y`, 'deep/'.repeat(200)];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-into-folder-'));
  await writeTree(join(folder, 'tree'), { 'a.txt': 'alpha', 'deep/b.txt': 'beta' });
  await symlink('a.txt', join(folder, 'tree', 'link'));
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      components: [
        { id: 'uploads', kind: 's3', bucket: 'acme-uploads' },
        { id: 'clash', kind: 's3', bucket: 'clashing' },
        { id: 'tree', kind: 'directory', path: join(folder, 'tree') },
      ],
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  api = new Api(server.url, (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim());
  for (const { key } of objects) buckets.bucket('acme-uploads').set(key, Buffer.from(`content of ${key}`));
  for (const key of odd) buckets.bucket('clashing').set(key, Buffer.from(key));
  Object.assign(server.host, { buckets });
  backup = await api.backup();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a host without buckets [T6]', () => {
  beforeAll(() => {
    Object.assign(server.host, { buckets: undefined });
  });

  const into = (target: string) => ({ components: ['uploads'], targets: { uploads: target } });

  test('plans and restores objects as files, with their attributes beside them', async () => {
    const target = join(folder, 'restored');
    const planned = await api.restore(backup.id, { ...into(target), dryRun: true });
    expect(planned.plan.uploads.counts).toEqual({ create: 5, overwrite: 0, skip: 0, refuse: 0 });
    expect(await api.restore(backup.id, into(target))).toMatchObject({
      state: 'SUCCESS',
      components: { uploads: { kind: 's3', entries: 5, target } },
    });
    for (const { key, path } of objects)
      expect(await readFile(join(target, path), 'utf8')).toBe(`content of ${key}`);
    const [first = ''] = [...objects].map(({ path }) => path).sort();
    const attributes = await readFile(join(target, `attributes/0/${first}.jsonl`), 'utf8');
    const keys = attributes
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).key);
    expect(keys.sort()).toEqual(objects.map(({ key }) => key).sort());
  });

  test('refuses what is there already, when asked', async () => {
    const target = join(folder, 'twice');
    await api.restore(backup.id, into(target));
    const again = await api.restore(backup.id, { ...into(target), existing: 'refuse' });
    expect(again).toMatchObject({
      state: 'FAILED',
      shortError: expect.stringContaining('nothing was touched'),
    });
  });

  test('writes what no file system can have under another name, and says so', async () => {
    const target = join(folder, 'clash');
    const request = { components: ['clash'], targets: { clash: target } };
    const planned = await api.restore(backup.id, { ...request, dryRun: true });
    expect(planned.plan.clash.counts).toMatchObject({ create: odd.length + 1, refuse: 0 });
    const named = planned.plan.clash.entries.filter(
      ({ reason }: { reason?: string }) => reason !== undefined,
    );
    expect(named.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(['objects/a', `objects/${long}`, `objects/${long}/x`]),
    );
    expect(await api.restore(backup.id, request)).toMatchObject({
      state: 'SUCCESS',
      components: { clash: { entries: odd.length + 1 } },
    });
    expect(await readFile(join(target, 'objects/a%~'), 'utf8')).toBe('a');
    expect(await readFile(join(target, 'objects/a/b'), 'utf8')).toBe('a/b');
    const files = await readdir(join(target, 'objects'), { recursive: true, withFileTypes: true });
    const contents = files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(file.parentPath, file.name), 'utf8'));
    expect((await Promise.all(contents)).sort()).toEqual([...odd].sort());
  });

  test('says that it has no bucket to write to, and what to name instead', async () => {
    for (const request of [
      into('s3://acme-uploads/'),
      { components: ['tree'], targets: { tree: 's3://bucket/p' } },
    ]) {
      const restore = await api.restore(backup.id, { inPlace: true, ...request });
      expect(restore).toMatchObject({
        state: 'FAILED',
        shortError: expect.stringMatching(/only an installation on AWS can write to; here, name a folder/),
      });
    }
  });
});

describe('a host with buckets [T6]', () => {
  beforeAll(() => {
    Object.assign(server.host, { buckets });
  });

  test('restores the files of a tree as objects, and names the links that it leaves out', async () => {
    const request = { components: ['tree'], targets: { tree: 's3://from-tree/site/' } };
    const planned = await api.restore(backup.id, { ...request, dryRun: true });
    expect(planned.plan.tree).toMatchObject({
      counts: { create: 2, skip: 1 },
      entries: expect.arrayContaining([
        { path: 'site/a.txt', action: 'create' },
        { path: 'site/link', action: 'skip', reason: 'is a symlink, which a bucket cannot have' },
      ]),
    });
    expect(await api.restore(backup.id, request)).toMatchObject({
      state: 'PARTIAL',
      components: { tree: { entries: 2, skippedCount: 1, skipped: [{ path: 'link' }] } },
    });
    const found = [...buckets.bucket('from-tree')].map(([key, bytes]) => [key, bytes.toString()]);
    expect(found.sort()).toEqual([
      ['site/a.txt', 'alpha'],
      ['site/deep/b.txt', 'beta'],
    ]);
  });

  test.each([
    ['tree', 's3://archives/kept/'],
    ['tree', 's3://archives/'],
    ['uploads', 's3://archives/kept/below/'],
    ['uploads', 's3://archives/ke'],
  ])('restores nothing into a place where archives lie: %s to %s [B7]', async (component, target) => {
    const { own } = server.host;
    Object.assign(server.host, { own: { ...own, buckets: [{ bucket: 'archives', prefix: 'kept/' }] } });
    try {
      for (const dryRun of [true, false]) {
        const request = { components: [component], targets: { [component]: target }, dryRun };
        expect(await api.post(`/v1/backups/${backup.id}/restores`, request)).toMatchObject({
          status: 409,
          body: { code: 'restore_refused', detail: expect.stringContaining('in s3://archives/kept/') },
        });
      }
      expect(buckets.objects.has('archives')).toBe(false);
    } finally {
      Object.assign(server.host, { own });
    }
  });

  test('restores beside such a place', async () => {
    const { own } = server.host;
    Object.assign(server.host, { own: { ...own, buckets: [{ bucket: 'archives', prefix: 'kept/' }] } });
    try {
      const targets = { uploads: 's3://archives/restored/' };
      expect(await api.restore(backup.id, { components: ['uploads'], targets })).toMatchObject({
        state: 'SUCCESS',
      });
    } finally {
      Object.assign(server.host, { own });
    }
  });
});
