import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { S3BucketStore } from '../../../../lib/adapters/aws/sources/buckets/s3-bucket-store.ts';
import { s3 } from '../../../../lib/components/s3/s3.ts';
import type { S3Settings } from '../../../../lib/model/components/s3.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startMinistack } from '../../../emulators/ministack.ts';
import type { Emulator } from '../../../emulators/run-emulator.ts';
import { startVersitygw } from '../../../emulators/versitygw.ts';
import { captureArchive, pool, restoreTask } from '../kind-round-trip.ts';

const MIB = 1024 * 1024;

afterAll(() => pool.close());

describe.each([
  ['versitygw', startVersitygw],
  ['MiniStack', startMinistack],
] as const)('kind s3 on %s', (_, start) => {
  let emulator: Emulator;
  let client: S3Client;
  let buckets: S3BucketStore;
  beforeAll(async () => {
    emulator = await start();
    client = new S3Client({ ...clientConfig(emulator.endpoint), forcePathStyle: true });
    buckets = new S3BucketStore({ client });
  });
  afterAll(async () => {
    client.destroy();
    await emulator.stop();
  });

  const newBucket = async (versioned = false): Promise<string> => {
    const Bucket = `b-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket }));
    if (versioned)
      await client.send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
      );
    return Bucket;
  };
  const put = (
    Bucket: string,
    Key: string,
    Body: string | Buffer,
    more: Partial<PutObjectCommandInput> = {},
  ) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const settingsOf = (bucket: string, prefix = ''): S3Settings => ({
    id: 'uploads',
    domain: 'root',
    kind: 's3',
    bucket,
    prefix,
  });
  /** Short bodies as text, long ones as their hash: comparing millions of bytes one by one takes minutes. */
  const shown = (body: Uint8Array): string =>
    body.byteLength < 100 ? Buffer.from(body).toString() : createHash('sha256').update(body).digest('hex');
  const allShown = (contents: Record<string, Buffer>): Record<string, string> =>
    Object.fromEntries(Object.entries(contents).map(([key, body]) => [key, shown(body)]));
  const contentsOf = async (bucket: string, prefix = ''): Promise<Record<string, string>> => {
    const found: Record<string, string> = {};
    for await (const { key } of buckets.list(bucket, { prefix })) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      found[key] = shown((await Body?.transformToByteArray()) ?? new Uint8Array());
    }
    return found;
  };

  test('brings objects back in another bucket, below another prefix, with all that belongs to them', async () => {
    const [from, to] = [await newBucket(), await newBucket()];
    const contents: Record<string, Buffer> = {
      'a/empty': Buffer.alloc(0),
      'a/plain.txt': Buffer.from('plain'),
      'a/grüße & 100%+1 €.txt': Buffer.from('odd name'),
      'a/%2E/x': Buffer.from('looks escaped'),
      'a/deep/er/still': randomBytes(200_000),
      'a/large.bin': randomBytes(18 * MIB),
    };
    for (const [key, body] of Object.entries(contents)) await put(from, key, body);
    await put(from, 'a/plain.txt', 'plain', {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="x.txt"',
      Metadata: { owner: 'Ada', n: '1' },
      Tagging: 'class=gold&why=a%20reason',
    });
    await put(from, 'b/not-wanted', 'x');
    const settings = settingsOf(from, 'a/');
    const captured = await captureArchive(s3, settings, { buckets });
    expect(captured.skipped).toEqual([]);
    expect(captured.details).toEqual({ bucket: from, prefix: 'a/', versioned: false });
    const task = restoreTask(settings, { buckets }, captured, { target: `s3://${to}/restored/` });
    const plan = await s3.planRestore(task);
    expect(plan.counts).toEqual({ create: 6, overwrite: 0, skip: 0, refuse: 0 });
    const result = await s3.restore(task);
    expect(result).toMatchObject({ entries: 6, skippedCount: 0 });
    const expected = Object.fromEntries(
      Object.entries(contents).map(([key, body]) => [key.replace(/^a\//, 'restored/'), body]),
    );
    expect(await contentsOf(to)).toEqual(allShown(expected));
    const restored = { Bucket: to, Key: 'restored/plain.txt' };
    expect(await client.send(new GetObjectCommand(restored))).toMatchObject({
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="x.txt"',
      Metadata: { owner: 'Ada', n: '1' },
    });
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand(restored));
    expect(Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value]))).toEqual({
      class: 'gold',
      why: 'a reason',
    });
  });

  test('stops at every checkpoint, in the middle of a large object too, and goes on in the next call', async () => {
    const bucket = await newBucket();
    const contents: Record<string, Buffer> = { 'm/large.bin': randomBytes(5 * MIB) };
    for (let i = 0; i < 40; i++)
      contents[`k/${String(i).padStart(2, '0')}`] = randomBytes(i % 5 === 0 ? 150_000 : 900);
    contents['z/last'] = Buffer.from('last');
    for (const [key, body] of Object.entries(contents)) await put(bucket, key, body);
    const settings = settingsOf(bucket);
    const captured = await captureArchive(s3, settings, { buckets }, { stopEvery: 1 });
    expect(captured.calls).toBeGreaterThan(5);
    const to = await newBucket();
    await s3.restore(restoreTask(settings, { buckets }, captured, { target: to }));
    expect(await contentsOf(to)).toEqual(allShown(contents));
  });

  test('makes one archive of several shards', async () => {
    const bucket = await newBucket();
    const contents: Record<string, Buffer> = {};
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) contents[key] = randomBytes(70_000);
    for (const [key, body] of Object.entries(contents)) await put(bucket, key, body);
    const settings = settingsOf(bucket);
    const shards = [{ through: 'b' }, { after: 'b', through: 'e' }, { after: 'e' }].map((work, shard) => ({
      shard,
      shards: 3,
      work,
    }));
    const captured = await captureArchive(s3, settings, { buckets }, { shards, stopEvery: 2 });
    const to = await newBucket();
    await s3.restore(restoreTask(settings, { buckets }, captured, { target: to }));
    expect(await contentsOf(to)).toEqual(allShown(contents));
  });

  test('names what is gone or written anew since it was listed, and keeps the rest', async () => {
    const bucket = await newBucket();
    for (const key of ['a', 'gone', 'new', 'z']) await put(bucket, key, key);
    const open = buckets.open.bind(buckets);
    const meddled: typeof buckets = Object.assign(Object.create(buckets), {
      open: async (...args: Parameters<typeof buckets.open>) => {
        if (args[1].key === 'gone')
          await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'gone' }));
        if (args[1].key === 'new') await put(bucket, 'new', 'another');
        return open(...args);
      },
      list: buckets.list.bind(buckets),
      listPages: buckets.listPages.bind(buckets),
      describe: buckets.describe.bind(buckets),
    });
    const settings = settingsOf(bucket);
    const captured = await captureArchive(s3, settings, { buckets: meddled });
    expect([...captured.skipped].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'gone', reason: 'was deleted after it was listed' },
      { path: 'new', reason: 'was overwritten after it was listed' },
    ]);
    const to = await newBucket();
    await s3.restore(restoreTask(settings, { buckets }, captured, { target: to }));
    expect(Object.keys(await contentsOf(to))).toEqual(['a', 'z']);
  });

  test('reads a versioned bucket by version: what is written over meanwhile is as it was listed', async () => {
    const bucket = await newBucket(true);
    await put(bucket, 'a', 'old');
    await put(bucket, 'a', 'current');
    await put(bucket, 'deleted', 'x');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'deleted' }));
    const large = randomBytes(5 * MIB);
    await put(bucket, 'large', large);
    const settings = settingsOf(bucket);
    const captured = await captureArchive(
      s3,
      settings,
      { buckets },
      {
        stopEvery: 1,
        // The first call stops before it reaches the large object.
        between: async (calls) => {
          if (calls > 1) await put(bucket, 'large', 'written over while it is captured');
        },
      },
    );
    expect(captured.details.versioned).toBe(true);
    expect(captured.skipped).toEqual([]);
    const to = await newBucket();
    await s3.restore(restoreTask(settings, { buckets }, captured, { target: to }));
    expect(await contentsOf(to)).toEqual(allShown({ a: Buffer.from('current'), large }));
  });

  test('refuses, keeps or overwrites what is there, as asked', async () => {
    const [bucket, to] = [await newBucket(), await newBucket()];
    for (const key of ['a', 'b', 'c']) await put(bucket, key, `new ${key}`);
    const settings = settingsOf(bucket);
    const captured = await captureArchive(s3, settings, { buckets });
    await put(to, 'b', 'old b');
    const at = (existing: 'refuse' | 'skip' | 'overwrite') =>
      restoreTask(settings, { buckets }, captured, { target: `s3://${to}`, existing });
    expect(await s3.planRestore(at('refuse'))).toMatchObject({
      counts: { create: 2, refuse: 1 },
      entries: [{ path: 'b', action: 'refuse', reason: 'exists already' }, { path: 'a' }, { path: 'c' }],
    });
    expect(await s3.restore(at('skip'))).toMatchObject({ entries: 2, skippedCount: 0 });
    expect((await contentsOf(to)).b).toBe('old b');
    expect((await s3.planRestore(at('overwrite'))).counts).toMatchObject({ create: 0, overwrite: 3 });
    expect(await s3.restore(at('overwrite'))).toMatchObject({ entries: 3 });
    expect((await contentsOf(to)).b).toBe('new b');
  });

  test('counts what an earlier try of the same restore has written as written, large objects too [B1]', async () => {
    const [bucket, to] = [await newBucket(), await newBucket()];
    const large = randomBytes(17 * 1024 ** 2);
    for (const [key, content] of Object.entries({ a: 'one', b: 'two', large }))
      await put(bucket, key, content);
    const settings = settingsOf(bucket);
    const captured = await captureArchive(s3, settings, { buckets });
    const task = restoreTask(settings, { buckets }, captured, { target: `s3://${to}`, existing: 'refuse' });
    expect(await s3.restore(task)).toMatchObject({ entries: 3, skippedCount: 0 });
    expect(await s3.restore(task)).toMatchObject({ entries: 3, skippedCount: 0 });
    await put(to, 'b', 'another');
    expect(await s3.restore(task)).toMatchObject({
      entries: 2,
      skippedCount: 1,
      skipped: [{ path: 'b', reason: 'exists already' }],
    });
  });

  test('says which bucket is not there', async () => {
    await expect(captureArchive(s3, settingsOf('no-such-bucket-at-all'), { buckets })).rejects.toMatchObject({
      code: 'component_unavailable',
      message: expect.stringContaining('no-such-bucket-at-all'),
    });
  });
});
