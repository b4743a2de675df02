/** The state machine of a restore whose target does not answer. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { type Answer, Api } from '../../acceptance/api.ts';
import { MemoryBuckets } from '../memory-buckets.ts';

let folder: string;
let server: RunningServer;
let api: Api;
let backup: Answer['body'];
const buckets = new MemoryBuckets();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-retries-'));
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      components: ['one', 'two'].map((id) => ({ id, kind: 's3', bucket: `bucket-${id}` })),
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
  Object.assign(server.host, { buckets });
  api = new Api(server.url, (await readFile(join(folder, 'data', 'cli.token'), 'utf8')).trim());
  for (const id of ['one', 'two']) buckets.bucket(`bucket-${id}`).set('a.txt', Buffer.from(id));
  backup = await api.backup();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const targets = { one: 's3://copy-one', two: 's3://copy-two' };
const notAnswering = (): never => {
  throw new HoldfastError('unavailable', 'the store does not answer; try again');
};

test('a target that is out of reach for a moment does not fail its component [B6]', async () => {
  let left = 2;
  buckets.onPut = (bucket) => {
    if (bucket === 'copy-one' && left-- > 0) notAnswering();
  };
  expect(await api.restore(backup.id, { targets })).toMatchObject({
    state: 'SUCCESS',
    componentStatus: { one: 'SUCCESS', two: 'SUCCESS' },
    components: { one: { entries: 1, shortError: '' } },
  });
  expect(buckets.bucket('copy-one').get('a.txt')?.toString()).toBe('one');
});

test('one that stays out of reach fails its component in its own words, and not the others [D4]', async () => {
  buckets.objects.delete('copy-two');
  buckets.onPut = (bucket) => {
    if (bucket === 'copy-one') notAnswering();
  };
  expect(await api.restore(backup.id, { targets })).toMatchObject({
    state: 'FAILED',
    shortError: 'component one: the store does not answer; try again',
    componentStatus: { one: 'FAILED', two: 'SUCCESS' },
    components: { one: { shortError: 'the store does not answer; try again' } },
  });
  expect(buckets.bucket('copy-two').get('a.txt')?.toString()).toBe('two');
  expect((await api.get('/v1/status')).body.state).toBe('IDLE');
});
