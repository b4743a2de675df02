/** The state machine of a restore with many tasks for each component. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { type Answer, Api } from '../../acceptance/api.ts';
import { MemoryBuckets } from '../../cases/memory-buckets.ts';
import { MemoryTables } from '../../cases/memory-tables.ts';

const OBJECTS = 3_000;
const ITEMS = 3_000;
let folder: string;
let server: RunningServer;
let api: Api;
let backup: Answer['body'];
let lines: string[] = [];
const buckets = new MemoryBuckets();
const tables = new MemoryTables();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-shared-'));
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      components: [
        { id: 'uploads', kind: 's3', bucket: 'source' },
        { id: 'orders', kind: 'dynamodb', table: 'orders' },
      ],
    }),
    log: new JsonLogger({ write: (line) => lines.push(line) }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  Object.assign(server.host, { buckets, tables, segmentBytes: 65_536, restoreBytes: 1 });
  api = new Api(server.url, (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim());
  for (let n = 0; n < OBJECTS; n += 1)
    buckets.bucket('source').set(`k/${1_000_000 + n}`, Buffer.alloc(1_300, `${n}`));
  tables.tables.set(
    'orders',
    new Map(
      Array.from({ length: ITEMS }, (_, n) => [
        String(n),
        JSON.stringify({ id: { S: String(n) }, text: { S: 'x'.repeat(1_500) } }),
      ]),
    ),
  );
  backup = await api.backup();
}, 60_000);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const targets = { uploads: 's3://copy', orders: 'copy' };

test('a bucket and a table are restored whole, each by several tasks, and the table is made before them [D4] [B6]', async () => {
  lines = [];
  const restore = await api.restore(backup.id, { targets });
  expect(restore).toMatchObject({
    state: 'SUCCESS',
    componentStatus: { uploads: 'SUCCESS', orders: 'SUCCESS' },
    components: { uploads: { entries: OBJECTS, skippedCount: 0 } },
  });
  expect(restore.progress.entries).toBe(
    restore.components.uploads.entries + restore.components.orders.entries,
  );
  for (const id of ['uploads', 'orders'])
    expect(lines.some((line) => line.includes(`component ${id}, part 3 of `))).toBe(true);
  expect(buckets.bucket('copy').size).toBe(OBJECTS);
  const source = [...buckets.bucket('source')];
  expect(source.filter(([key, bytes]) => buckets.bucket('copy').get(key)?.equals(bytes) !== true)).toEqual(
    [],
  );
  expect(tables.tables.get('copy')).toEqual(tables.tables.get('orders'));
  expect(tables.done).toEqual(['create copy', 'write copy', 'finish copy']);
  expect((await server.host.catalog.list('restoreCheckpoint', { group: restore.id })).total).toBe(0);
}, 60_000);

test('a table that is out of reach while it is to be made fails in its own words, and not the bucket [D4]', async () => {
  tables.tables.delete('copy');
  buckets.objects.delete('copy');
  tables.on = (call) => {
    if (call === 'create')
      throw new HoldfastError('unavailable', 'the table copy does not answer; try again');
  };
  const restore = await api.restore(backup.id, { targets });
  expect(restore).toMatchObject({
    state: 'FAILED',
    shortError: 'component orders: the table copy does not answer; try again',
    componentStatus: { uploads: 'SUCCESS', orders: 'FAILED' },
  });
  expect(buckets.bucket('copy').size).toBe(OBJECTS);
  expect((await api.get('/v1/status')).body.state).toBe('IDLE');
}, 120_000);
