/**
 * Backs up and restores the same generated buckets on the stub and on each emulator: the restored objects
 * must equal the sources. Where an emulator is wrong, `test/emulators/differences.ts` names the test and the
 * evidence.
 */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withHeaders } from '../../../../lib/adapters/aws/sources/buckets/object-headers.ts';
import { S3BucketStore } from '../../../../lib/adapters/aws/sources/buckets/s3-bucket-store.ts';
import { s3 as kind } from '../../../../lib/components/s3/s3.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startMinistack } from '../../../emulators/ministack.ts';
import { startVersitygw } from '../../../emulators/versitygw.ts';
import { Random } from '../../../hostile/fuzz/random.ts';
import { testSeed } from '../../../random-pieces.ts';
import { startStubS3 } from '../../../stubs/stub-s3.ts';
import {
  KEY_CLASSES,
  type RandomObject,
  randomObject,
  shownObject,
  shownTags,
  TEXTS,
} from '../campaigns/random-bucket.ts';
import { captureArchive, pool, restoreTask } from '../kind-round-trip.ts';
import { bucketSettings } from './stubbed-bucket.ts';

const ODD_HEADERS = Object.keys(TEXTS);

/**
 * Features that random buckets leave out for a service, because a separate test shows that the service
 * handles them wrongly.
 */
const AVOIDED: Readonly<Record<string, readonly string[]>> = {
  versitygw: [
    ...['beside what lies below them', 'empty parts', 'dots', 'control characters'],
    ...['names of more than 255 bytes', 'long names', 'long paths'],
  ],
};

/**
 * Objects above this size are uploaded in parts. MiniStack drops the tags of such uploads, as a separate test
 * shows.
 */
const PART_BYTES = 16 * 1024 * 1024;

const seed = testSeed();
console.log(`generated buckets: SEED=${seed}`);
afterAll(() => pool.close());

const startStub = async () => {
  const { stub } = await startStubS3();
  return { endpoint: stub.endpoint, stop: () => stub.stop() };
};

describe.each([
  ['the stub', startStub],
  ['versitygw', startVersitygw],
  ['MiniStack', startMinistack],
] as const)('generated buckets on %s', (service, start) => {
  let stop: () => Promise<void>;
  let client: S3Client;
  beforeAll(async () => {
    const started = await start();
    stop = () => started.stop();
    client = new S3Client({ ...clientConfig(started.endpoint), forcePathStyle: true });
  });
  afterAll(async () => {
    client.destroy();
    await stop();
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

  const put = async (Bucket: string, Key: string, { body, headers, tags }: RandomObject): Promise<void> => {
    const Tagging = new URLSearchParams(
      tags.map(([name, value]): [string, string] => [name, value]),
    ).toString();
    const command = new PutObjectCommand({ Bucket, Key, Body: body, ...(tags.length > 0 && { Tagging }) });
    await client.send(withHeaders(command, { 'content-type': 'binary/octet-stream', ...headers }));
  };

  /** The attributes of an object as the service reports them. */
  const shownAt = async (Bucket: string, Key: string): Promise<string> => {
    const command = new GetObjectCommand({ Bucket, Key });
    let headers: Readonly<Record<string, string>> = {};
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        headers = Object(Object(result.response).headers);
        return result;
      },
      { step: 'initialize' },
    );
    const { Body, ExpiresString } = await client.send(command);
    const body = Buffer.from((await Body?.transformToByteArray()) ?? []);
    // When the SDK cannot parse `Expires`, it removes the header and keeps its text in `ExpiresString`.
    const all = { ...headers, ...(ExpiresString !== undefined && { expires: ExpiresString }) };
    const kept = Object.entries(all).filter(
      ([name]) => ODD_HEADERS.includes(name) || name.startsWith('x-amz-meta-'),
    );
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
    const tags = TagSet.map(({ Key: name = '', Value = '' }) => [name, Value] as const);
    return `${shownObject({ body, headers: new Map(kept) })} ${shownTags(tags)}`;
  };

  const broughtBack = async (
    objects: ReadonlyMap<string, RandomObject>,
    { versioned = false, stopEvery = 1_000 } = {},
  ): Promise<void> => {
    const [from, to] = [await newBucket(versioned), await newBucket()];
    for (const [key, object] of objects) {
      if (versioned) await put(from, key, { ...object, body: Buffer.from('an old version') });
      await put(from, key, object);
    }
    const settings = bucketSettings(from);
    const buckets = new S3BucketStore({ client });
    const archive = await captureArchive(kind, settings, { buckets }, { stopEvery });
    expect(archive.skipped).toEqual([]);
    const task = restoreTask(settings, { buckets }, archive, { target: `s3://${to}` });
    expect((await kind.planRestore(task)).counts).toMatchObject({ create: objects.size, refuse: 0, skip: 0 });
    expect(await kind.restore(task)).toMatchObject({ entries: objects.size, skippedCount: 0 });
    const wanted: Record<string, string> = {};
    const found: Record<string, string> = {};
    for (const [key, { body, headers, tags }] of objects) {
      wanted[key] = `${shownObject({ body, headers: new Map(Object.entries(headers)) })} ${shownTags(tags)}`;
      found[key] = await shownAt(to, key);
    }
    expect(found).toEqual(wanted);
  };

  const plain = (text: string, more: Partial<RandomObject> = {}): RandomObject => ({
    body: Buffer.from(text),
    headers: {},
    tags: [],
    checksum: { algorithm: 'crc32', composite: false, parts: [text.length] },
    ...more,
  });

  test.each(Object.entries(KEY_CLASSES))('keys come back: %s', async (_, keys) => {
    await broughtBack(new Map(keys.map((key) => [key, plain(key)])));
  });

  test('keys come back from a bucket with versions: long names', async () => {
    await broughtBack(new Map(KEY_CLASSES['long names'].map((key) => [key, plain(key)])), {
      versioned: true,
    });
  });

  test.each(ODD_HEADERS)('what is said of an object comes back: %s', async (name) => {
    const values = TEXTS[name] ?? ['x'];
    await broughtBack(
      new Map(values.map((value, n) => [`k${n}`, plain('x', { headers: { [name]: value } })])),
    );
  });

  test.each([
    ['ordinary', [['class', 'gold']] as const],
    ['with marks of its own', [['a b+c=d', '+-=._:/@ ü']] as const],
    ['named as no plain object can name it', [['__proto__', 'x']] as const],
    ['empty', [['class', '']] as const],
  ])('tags come back: %s', async (_, tags) => {
    await broughtBack(new Map([['a', plain('x', { tags })]]));
  });

  test('tags come back: of an object that is put in parts', async () => {
    const body = Buffer.alloc(PART_BYTES + 1, 'x');
    const large = { body, checksum: { algorithm: 'crc32', composite: false, parts: [body.length] } } as const;
    await broughtBack(new Map([['a', plain('', { ...large, tags: [['class', 'gold']] })]]));
  });

  test.each([0, 1, 2])('a random bucket comes back: %d', async (n) => {
    const random = new Random(seed, n);
    const avoided = AVOIDED[service] ?? [];
    const keys = Object.entries(KEY_CLASSES).flatMap(([name, all]) => (avoided.includes(name) ? [] : all));
    const objects = new Map(
      random
        .shuffled(keys)
        .slice(0, 12)
        .map((key) => {
          const object = randomObject(random, { largeOneIn: 40, partsOneIn: 4 });
          const isUntagged = service === 'MiniStack' && object.body.length > PART_BYTES;
          return [key, isUntagged ? { ...object, tags: [] } : object] as const;
        }),
    );
    await broughtBack(objects, { versioned: random.chance(2), stopEvery: random.pick([1, 1_000]) });
  });
});
