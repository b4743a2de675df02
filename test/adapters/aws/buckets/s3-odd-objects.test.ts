import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { s3 as kind } from '../../../../lib/components/s3/s3.ts';
import { HoldfastError } from '../../../../lib/model/errors.ts';
import { type FaultRule, refusal } from '../../../stubs/faults.ts';
import type { StubObject } from '../../../stubs/stub-s3.ts';
import { type CapturedArchive, captureArchive, pool, restoreTask } from '../kind-round-trip.ts';
import { bucketSettings, type StubbedBuckets, startStubbedBuckets } from './stubbed-bucket.ts';

const MIB = 1024 * 1024;
const running: StubbedBuckets[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});
afterAll(() => pool.close());

const start = async (fault?: FaultRule): Promise<StubbedBuckets> => {
  const started = await startStubbedBuckets(fault);
  running.push(started);
  started.s3.bucket('source');
  started.s3.bucket('target');
  return started;
};

const captured = (
  { buckets }: StubbedBuckets,
  prefix = '',
  options: Parameters<typeof captureArchive>[3] = {},
): Promise<CapturedArchive> => captureArchive(kind, bucketSettings('source', prefix), { buckets }, options);
const restored = ({ buckets }: StubbedBuckets, archive: CapturedArchive, target = 's3://target') =>
  kind.restore(restoreTask(bucketSettings('source'), { buckets }, archive, { target }));

const onObject =
  (
    operation: string,
    key: string,
    fault: ReturnType<FaultRule>,
    calls = Number.POSITIVE_INFINITY,
  ): FaultRule =>
  (call) =>
    call.operation === operation && call.target === key && call.nth <= calls ? fault : undefined;

const headersOf = (object: StubObject | undefined): Record<string, string> =>
  Object.fromEntries(object?.headers ?? []);

describe('what belongs to an object', () => {
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-encoding': 'gzip',
    'content-disposition': 'attachment; filename="x.txt"',
    'content-language': 'de',
    'cache-control': 'max-age=60',
    expires: 'Wed, 21 Oct 2026 07:28:00 GMT',
    'x-amz-website-redirect-location': '/elsewhere',
    'x-amz-meta-owner': 'Ada',
  };

  test.each([
    ['small', 10],
    ['put in parts', 17 * MIB],
  ])('comes back whole when it is %s: the time it expires and the redirect, too', async (_, bytes) => {
    const started = await start();
    started.s3.put('source', 'a', Buffer.alloc(bytes, 1), { headers, tags: [['class', 'gold']] });
    const archive = await captured(started);
    expect(archive.skipped).toEqual([]);
    expect(await restored(started, archive)).toMatchObject({ entries: 1, skippedCount: 0 });
    expect(headersOf(started.s3.object('target', 'a'))).toEqual(headers);
    expect(started.s3.object('target', 'a')?.tags).toEqual([['class', 'gold']]);
  });

  test.each(['0', '-1', 'never', 'Thu, 99 Foo 2026'])(
    'keeps an unreadable Expires as it is: %s',
    async (expires) => {
      const started = await start();
      started.s3.put('source', 'a', 'x', { headers: { expires } });
      await restored(started, await captured(started));
      expect(headersOf(started.s3.object('target', 'a')).expires).toBe(expires);
    },
  );

  test('may be named as no plain object can name it', async () => {
    const started = await start();
    const names = ['__proto__', 'constructor', 'toString', 'hasownproperty', 'a'];
    const tags: [string, string][] = names.map((name) => [name, `tag ${name}`]);
    const meta = Object.fromEntries(
      names.map((name) => [`x-amz-meta-${name.toLowerCase()}`, `text ${name}`]),
    );
    started.s3.put('source', '__proto__', 'x', { headers: meta, tags });
    await restored(started, await captured(started));
    expect(headersOf(started.s3.object('target', '__proto__'))).toMatchObject(meta);
    expect(started.s3.object('target', '__proto__')?.tags).toEqual(tags);
  });

  test('keeps the content encoding, but not what uploads of streams leave beside it', async () => {
    const started = await start();
    for (const [key, encoding] of Object.entries({ a: 'gzip,aws-chunked', b: 'aws-chunked', c: 'br, gzip' }))
      started.s3.put('source', key, 'x', { headers: { 'content-encoding': encoding } });
    await restored(started, await captured(started));
    const found = ['a', 'b', 'c'].map(
      (key) => headersOf(started.s3.object('target', key))['content-encoding'],
    );
    expect(found).toEqual(['gzip', undefined, 'br, gzip']);
  });

  test('is named when S3 withholds some of it', async () => {
    const started = await start();
    started.s3.put('source', 'a', 'x', { headers: { 'x-amz-missing-meta': '2' } });
    const archive = await captured(started);
    expect(archive.skipped).toEqual([
      {
        path: 'a',
        reason: 'is in the backup, but S3 withholds 2 of its metadata, which cannot be sent in a header',
      },
    ]);
    expect(await restored(started, archive)).toMatchObject({ entries: 1 });
  });

  test.each([
    ['says how many tags there are', [['class', 'gold']] as const],
    ['does not say so', [] as const],
  ])('loses the tags, named, when they are denied and S3 %s; the connection is let go', async (_, tags) => {
    const started = await start(onObject('GetObjectTagging', 'a', refusal(403, 'AccessDenied')));
    started.s3.put('source', 'a', randomBytes(5 * MIB), { tags });
    started.s3.put('source', 'b', 'b', { tags: [['class', 'silver']] });
    const archive = await captured(started);
    expect(archive.skipped).toEqual([
      {
        path: 'a',
        reason: expect.stringMatching(
          /^is in the backup, but its tags could not be read: it may not be read/,
        ),
      },
    ]);
    await restored(started, archive);
    expect(started.s3.keys('target')).toEqual(['a', 'b']);
    expect(started.s3.object('target', 'b')?.tags).toEqual([['class', 'silver']]);
  });
});

test.each([
  [404, 'NoSuchTagSet'],
  [501, 'NotImplemented'],
])('tags that S3 counts and then does not have (%s %s) are named', async (status, code) => {
  const started = await start(onObject('GetObjectTagging', 'a', refusal(status, code)));
  started.s3.put('source', 'a', 'x', { tags: [['class', 'gold']] });
  started.s3.put('source', 'b', 'x');
  expect((await captured(started)).skipped).toEqual([
    { path: 'a', reason: expect.stringMatching(/^is in the backup, but its tags could not be read/) },
  ]);
});

describe('one object that cannot be read [B3]', () => {
  test.each([
    [400, 'InvalidRequest', 'The object was stored using a form of Server Side Encryption.', /SSE-C/],
    [400, 'KMS.DisabledException', 'arn:aws:kms:eu-central-1:1:key/k is disabled.', /KMS\.DisabledException/],
    [400, 'KMS.KMSInvalidStateException', 'is pending deletion.', /cannot be decrypted/],
    [403, 'AccessDenied', 'Access Denied', /may not be read/],
    [403, 'InvalidObjectState', 'archived', /storage class/],
    [405, 'MethodNotAllowed', 'not allowed', /MethodNotAllowed/],
    [400, 'SomethingNobodyKnows', 'odd', /SomethingNobodyKnows/],
  ])('is named with %s %s, small or large, and the rest is kept', async (status, code, message, reason) => {
    const odd = new Set(['k/odd', 'large']);
    const started = await start(({ operation, target }) =>
      operation === 'GetObject' && odd.has(target) ? refusal(status, code, message) : undefined,
    );
    for (const key of ['a', 'k/odd', 'z']) started.s3.put('source', key, key);
    started.s3.put('source', 'large', randomBytes(5 * MIB));
    const archive = await captured(started);
    expect(archive.skipped.map(({ path }) => path).sort()).toEqual(['k/odd', 'large']);
    for (const skipped of archive.skipped) expect(skipped.reason).toMatch(reason);
    await restored(started, archive);
    expect(started.s3.keys('target')).toEqual(['a', 'z']);
  });

  test('fails the component when it is every one: an archive of nothing is no backup', async () => {
    const started = await start(({ operation }) =>
      operation === 'GetObject' ? refusal(403, 'AccessDenied', 'Access Denied') : undefined,
    );
    for (const key of ['a', 'b', 'c']) started.s3.put('source', key, key);
    await expect(captured(started)).rejects.toMatchObject({
      code: 'component_failed',
      message: expect.stringMatching(/none of the 3 objects .* could be read.*Access Denied/),
    });
    const shards = [{ through: 'a' }, { after: 'a' }].map((work, shard) => ({ shard, shards: 2, work }));
    const parts = await captured(started, '', { shards });
    expect(kind.shortcoming?.({ entries: 0, details: parts.details })).toMatch(/none of the 3 objects/);
  });

  test('fails the component when it was planned in ranges, and nothing is there any more', async () => {
    const started = await start();
    const shards = [{ through: 'a' }, { after: 'a' }].map((work, shard) => ({ shard, shards: 2, work }));
    const gone = await captured(started, '', { shards });
    expect(kind.shortcoming?.({ entries: 0, details: gone.details })).toMatch(/still exists: check that/);
    started.s3.put('source', 'b', 'b');
    const there = await captured(started, '', { shards });
    expect(kind.shortcoming?.({ entries: 1, details: there.details })).toBeUndefined();
  });

  test.each([
    ['credentials', 403, 'InvalidAccessKeyId'],
    ['capacity', 503, 'SlowDown'],
    ['region', 301, 'PermanentRedirect'],
    ['a signature', 403, 'SignatureDoesNotMatch'],
    ['a key that is no more', 400, 'InvalidToken'],
  ])('is not blamed for what every object would meet, in words: %s', async (_, status, code) => {
    const started = await start(onObject('GetObject', 'b', refusal(status, code)));
    for (const key of ['a', 'b']) started.s3.put('source', key, key);
    await expect(captured(started)).rejects.toBeInstanceOf(HoldfastError);
  });

  test.each<[string, ReturnType<FaultRule>]>([
    ['500 InternalError', refusal(500, 'InternalError')],
    ['502 without a word', refusal(502, '')],
    ['no answer', { kind: 'reset' }],
    ['a body that is cut at its beginning', { kind: 'cut', bytes: 0 }],
  ])(
    'is named when every read of it ends with %s, small or large, and the rest is kept',
    async (_, fault) => {
      const started = await start(({ operation, target }) =>
        operation === 'GetObject' && target.startsWith('odd') ? fault : undefined,
      );
      for (const key of ['a', 'odd', 'z']) started.s3.put('source', key, key);
      started.s3.put('source', 'odd and large', randomBytes(5 * MIB));
      const archive = await captured(started);
      expect(archive.skipped.map(({ path }) => path).sort()).toEqual(['odd', 'odd and large']);
      for (const { reason } of archive.skipped) expect(reason).toMatch(/cannot be read: every attempt fails/);
      await restored(started, archive);
      expect(started.s3.keys('target')).toEqual(['a', 'z']);
    },
  );

  test('is named when its middle is never answered, and the rest is kept', async () => {
    const started = await start(({ operation, target, range }) => {
      if (operation !== 'GetObject' || target !== 'm') return undefined;
      return range === undefined ? { kind: 'cut', bytes: MIB } : refusal(500, 'InternalError');
    });
    for (const key of ['a', 'z']) started.s3.put('source', key, key);
    started.s3.put('source', 'm', randomBytes(6 * MIB));
    expect((await captured(started)).skipped).toEqual([
      {
        path: 'm',
        reason: expect.stringMatching(/not read to its end.*every attempt fails \(InternalError\)/),
      },
    ]);
  });

  test('keeps its content, named, when its tags are never answered', async () => {
    const started = await start(onObject('GetObjectTagging', 'a', refusal(500, 'InternalError')));
    for (const key of ['a', 'b']) started.s3.put('source', key, key, { tags: [['class', 'gold']] });
    const archive = await captured(started);
    expect(archive.skipped).toEqual([
      {
        path: 'a',
        reason: expect.stringMatching(
          /is in the backup, but its tags could not be read: every attempt fails/,
        ),
      },
    ]);
    await restored(started, archive);
    expect(started.s3.keys('target')).toEqual(['a', 'b']);
  });

  test.each<[string, FaultRule]>([
    ['its listing, too', () => refusal(500, 'InternalError')],
    [
      'every object',
      ({ operation }) => (operation === 'GetObject' ? refusal(500, 'InternalError') : undefined),
    ],
  ])('is not blamed for an outage: what is not answered is %s', async (_, rule) => {
    let isOut = false;
    const started = await start((call) => (isOut ? rule(call) : undefined));
    for (let n = 0; n < 40; n++) started.s3.put('source', `k${n}`, 'x');
    const { list } = started.buckets;
    started.buckets.list = async function* (...args) {
      yield* list.apply(started.buckets, args);
      isOut = true;
    };
    await expect(captured(started)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('is kept no further than it could be read, named, and not restored as if it were whole', async () => {
    const content = randomBytes(6 * MIB);
    const reads: Record<string, ReturnType<FaultRule>[]> = {
      cut: [{ kind: 'cut', bytes: 3 * MIB }, refusal(412, 'PreconditionFailed')],
      damaged: [{ kind: 'garble' }],
    };
    const started = await start(({ operation, target, nth }) =>
      operation === 'GetObject' ? reads[target]?.[nth - 1] : undefined,
    );
    for (const key of ['a', 'cut', 'damaged', 'z']) started.s3.put('source', key, content);
    const archive = await captured(started);
    expect(archive.skipped).toEqual([
      { path: 'cut', reason: expect.stringMatching(/not read to its end.*was overwritten/) },
      { path: 'damaged', reason: expect.stringMatching(/not read to its end.*arrived damaged/) },
    ]);
    const task = restoreTask(bucketSettings('source'), { buckets: started.buckets }, archive, {
      target: 's3://target',
    });
    expect((await kind.planRestore(task)).counts).toEqual({ create: 2, overwrite: 0, skip: 2, refuse: 0 });
    const result = await kind.restore(task);
    expect(result).toMatchObject({ entries: 2, skippedCount: 2 });
    expect(result.skipped.map(({ path }) => path)).toEqual(['cut', 'damaged']);
    expect(started.s3.keys('target')).toEqual(['a', 'z']);
    expect(started.s3.object('target', 'z')?.body.equals(content)).toBe(true);
    const target = await mkdtemp(join(tmpdir(), 'holdfast-odd-'));
    try {
      const folder = { ...task, buckets: undefined, target };
      expect(await kind.restore(folder)).toMatchObject({
        skippedCount: 2,
        skipped: [{ path: 'objects/cut' }, { path: 'objects/damaged' }],
      });
      expect((await readdir(join(target, 'objects'))).sort()).toEqual([
        'a',
        'cut%~incomplete',
        'damaged%~incomplete',
        'z',
      ]);
    } finally {
      await rm(target, { recursive: true });
    }
  });

  test('stays lost in the next call when the first one ended within it [B6]', async () => {
    let lost = false;
    const started = await start(({ operation, target, range }) => {
      if (operation !== 'GetObject' || target !== 'm') return undefined;
      if (range === undefined) return { kind: 'cut', bytes: MIB };
      if (lost) return undefined;
      lost = true;
      return refusal(404, 'NoSuchKey');
    });
    for (const key of ['a', 'z']) started.s3.put('source', key, key);
    started.s3.put('source', 'm', randomBytes(8 * MIB));
    const archive = await captured(started, '', { stopEvery: 1 });
    expect(archive.calls).toBeGreaterThan(2);
    expect(archive.skipped.map(({ path }) => path)).toEqual(['m']);
    await restored(started, archive);
    expect(started.s3.keys('target')).toEqual(['a', 'z']);
  });
});

describe('what another try mends', () => {
  test.each<[string, readonly ReturnType<FaultRule>[], number]>([
    [
      'a cut in the middle of a large object, then a 503',
      [{ kind: 'cut', bytes: 2 * MIB }, refusal(503, 'SlowDown'), { kind: 'cut', bytes: MIB }],
      6 * MIB,
    ],
    ['a cut in a small one, then no answer', [{ kind: 'cut', bytes: 3 }, { kind: 'reset' }], 100],
    ['a small one that arrives damaged once', [{ kind: 'garble' }], 100],
    [
      'one that arrives damaged, then cut, then damaged',
      [{ kind: 'garble' }, { kind: 'cut', bytes: 50 }, { kind: 'garble' }],
      1000,
    ],
  ])('is tried: %s', async (_, faults, bytes) => {
    const content = randomBytes(bytes);
    const started = await start(({ operation, target, nth }) =>
      operation === 'GetObject' && target === 'm' ? faults[nth - 1] : undefined,
    );
    started.s3.put('source', 'm', content);
    const archive = await captured(started);
    expect(archive.skipped).toEqual([]);
    await restored(started, archive);
    expect(started.s3.object('target', 'm')?.body.equals(content)).toBe(true);
  });
});

test('a prefix that nothing begins with is named: never a plain success', async () => {
  const started = await start();
  started.s3.put('source', 'customers/a', 'x');
  const archive = await captured(started, 'custmers/');
  expect(archive.skipped).toEqual([
    { path: 's3://source/custmers/', reason: expect.stringContaining('there are no objects') },
  ]);
});
