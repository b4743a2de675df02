import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../lib/components/component-kind.ts';
import { s3 as kind } from '../../../../lib/components/s3/s3.ts';
import { type Fault, type FaultRule, refusal } from '../../../stubs/faults.ts';
import { type CapturedArchive, captureArchive, pool, restoreTask } from '../kind-round-trip.ts';
import { bucketSettings, type StubbedBuckets, startStubbedBuckets } from './stubbed-bucket.ts';

const MIB = 1024 * 1024;
const running: StubbedBuckets[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});
afterAll(() => pool.close());

const start = async (
  fault?: FaultRule,
  options?: Parameters<typeof startStubbedBuckets>[1],
): Promise<StubbedBuckets> => {
  const started = await startStubbedBuckets(fault, options);
  running.push(started);
  started.s3.bucket('source');
  started.s3.bucket('target');
  return started;
};
const captured = ({ buckets }: StubbedBuckets, prefix = ''): Promise<CapturedArchive> =>
  captureArchive(kind, bucketSettings('source', prefix), { buckets }, { segmentBytes: MIB });
const taskFor = (
  { buckets }: StubbedBuckets,
  archive: CapturedArchive,
  target = 's3://target',
  existing: 'refuse' | 'skip' | 'overwrite' = 'refuse',
) => restoreTask(bucketSettings('source'), { buckets }, archive, { target, existing });
const onTarget =
  (operation: string, key: string, ...faults: readonly Fault[]): FaultRule =>
  (call) =>
    call.operation === operation && call.target === key ? faults[call.nth - 1] : undefined;

describe('a key that the target does not take [B7]', () => {
  test('is named by the plan and by the restore when it would be empty; no bucket is made', async () => {
    const started = await start();
    for (const key of ['customers/', 'customers/a']) started.s3.put('source', key, key);
    const archive = await captured(started, 'customers/');
    const plan = await kind.planRestore(taskFor(started, archive));
    expect(plan).toMatchObject({
      counts: { create: 1, skip: 1, refuse: 0 },
      entries: [{ path: '', action: 'skip', reason: expect.stringContaining('empty key') }, { path: 'a' }],
    });
    expect(await kind.restore(taskFor(started, archive))).toMatchObject({
      entries: 1,
      skippedCount: 1,
      skipped: [{ path: '', reason: expect.stringContaining('empty key') }],
    });
    expect(started.stub.calls.filter((call) => call.startsWith('CreateBucket'))).toEqual([]);
    await kind.restore(taskFor(started, archive, 's3://target/customers/'));
    expect(started.s3.keys('target')).toEqual(['a', 'customers/', 'customers/a']);
  });

  test('is named by the plan and by the restore when it would be longer than S3 takes', async () => {
    const started = await start();
    const long = `${'ä'.repeat(500)}x`;
    for (const key of [long, 'a']) started.s3.put('source', key, key);
    const archive = await captured(started);
    const task = taskFor(started, archive, `s3://target/${'p'.repeat(30)}/`);
    expect((await kind.planRestore(task)).counts).toMatchObject({ create: 1, skip: 1 });
    expect(await kind.restore(task)).toMatchObject({ entries: 1, skippedCount: 1 });
    expect(await kind.restore(taskFor(started, archive))).toMatchObject({ entries: 2, skippedCount: 0 });
  });
});

describe('an object that the target does not take as it is [B3]', () => {
  test.each([
    ['small', 10],
    ['put in parts', 17 * MIB],
  ])('is restored without its tags, named, when they cannot be set: %s', async (_, bytes) => {
    const started = await start();
    const tags = Array.from({ length: 12 }, (__, n): [string, string] => [`t${n}`, 'x']);
    started.s3.put('source', 'odd', Buffer.alloc(bytes, 7), { headers: { 'x-amz-meta-a': '1' }, tags });
    started.s3.put('source', 'z', 'z');
    const result = await kind.restore(taskFor(started, await captured(started)));
    expect(result).toMatchObject({
      entries: 2,
      skipped: [{ path: 'odd', reason: expect.stringMatching(/without its tags: .*greater than 10/) }],
    });
    expect(started.s3.object('target', 'odd')?.body.length).toBe(bytes);
    expect(started.s3.object('target', 'odd')?.headers.get('x-amz-meta-a')).toBe('1');
  });

  test('is named when it may not be written, and the rest goes on', async () => {
    const started = await start(({ operation, target, nth }) =>
      operation === 'PutObject' && target === 'b' && nth < 9 ? refusal(403, 'AccessDenied') : undefined,
    );
    for (const key of ['a', 'b', 'c']) started.s3.put('source', key, key);
    expect(await kind.restore(taskFor(started, await captured(started)))).toMatchObject({
      entries: 2,
      skipped: [{ path: 'b', reason: expect.stringMatching(/^may not be written/) }],
    });
  });

  test('fails the component when it is every one', async () => {
    const started = await start(({ operation }) =>
      operation === 'PutObject' ? refusal(403, 'AccessDenied') : undefined,
    );
    for (let n = 0; n < 300; n++) started.s3.put('source', `k${n}`, 'x');
    await expect(kind.restore(taskFor(started, await captured(started)))).rejects.toMatchObject({
      code: 'component_failed',
      message: expect.stringMatching(/accepts none of the objects; the first one may not be written/),
    });
    expect(started.stub.calls.filter((call) => call.startsWith('PutObject')).length).toBeLessThan(300);
  });
});

describe('a write that met another, or whose answer was lost', () => {
  const content = Buffer.concat([Buffer.alloc(17 * MIB), randomBytes(1000)]);
  test.each<[string, string, Fault[]]>([
    [
      'a conflict at the end',
      'CompleteMultipartUpload',
      [refusal(409, 'ConditionalRequestConflict'), refusal(409, 'OperationAborted')],
    ],
    ['the last answer is lost', 'CompleteMultipartUpload', [{ kind: 'lost' }]],
    ['a part has no answer', 'UploadPart', [{ kind: 'reset' }, { kind: 'lost' }]],
    ['the beginning is throttled', 'CreateMultipartUpload', [refusal(503, 'SlowDown')]],
  ])('is made whole: %s', async (_, operation, faults) => {
    for (const existing of ['refuse', 'skip', 'overwrite'] as const) {
      const started = await start(onTarget(operation, 'large', ...faults), { maxAttempts: 3 });
      started.s3.put('source', 'large', content);
      const task = taskFor(started, await captured(started), 's3://target', existing);
      expect(await kind.restore(task)).toMatchObject({ entries: 1, skippedCount: 0, kept: 0 });
      expect(started.s3.object('target', 'large')?.body.equals(content)).toBe(true);
      expect(started.s3.uploads.size).toBe(0);
    }
  });

  test('of a small object counts as written, not as kept', async () => {
    for (const existing of ['refuse', 'skip', 'overwrite'] as const) {
      const started = await start(onTarget('PutObject', 'a', { kind: 'lost' }), { maxAttempts: 3 });
      started.s3.put('source', 'a', 'small');
      const task = taskFor(started, await captured(started), 's3://target', existing);
      expect(await kind.restore(task)).toMatchObject({ entries: 1, skippedCount: 0, kept: 0 });
    }
  });

  test('without what the bucket refuses is named, though its answer was lost', async () => {
    for (const existing of ['refuse', 'skip', 'overwrite'] as const) {
      const started = await start(
        onTarget('PutObject', 'a', refusal(400, 'MetadataTooLarge'), { kind: 'lost' }, { kind: 'reset' }),
      );
      started.s3.put('source', 'a', 'small', { headers: { 'x-amz-meta-a': '1' } });
      const task = taskFor(started, await captured(started), 's3://target', existing);
      expect(await kind.restore(task)).toMatchObject({
        ...{ entries: 1, kept: 0, skippedCount: 1 },
        skipped: [{ path: 'a', reason: expect.stringMatching(/^is restored without/) }],
      });
    }
  });

  test('that stays refused by a conflict is named, and costs no other', async () => {
    const conflict = refusal(409, 'ConditionalRequestConflict');
    const started = await start(onTarget('CompleteMultipartUpload', 'large', ...Array(20).fill(conflict)));
    started.s3.put('source', 'large', content);
    started.s3.put('source', 'z', 'z');
    expect(await kind.restore(taskFor(started, await captured(started)))).toMatchObject({
      entries: 1,
      skipped: [{ path: 'large', reason: expect.stringContaining('ConditionalRequestConflict') }],
    });
    expect(started.s3.uploads.size).toBe(0);
  });

  test('is compared again when what is there arrives damaged once', async () => {
    const started = await start(onTarget('GetObject', 'a', { kind: 'garble' }));
    started.s3.put('target', 'a', 'the same');
    started.s3.put('source', 'b', 'x');
    const archive = await captured(started);
    started.s3.put('source', 'a', 'the same');
    expect(archive.skipped).toEqual([]);
    expect(await started.buckets.digest('target', 'a')).toMatch(/^[0-9a-f]{64}$/);
  });
});

test('`skip` says how many objects were there and were kept', async () => {
  const started = await start();
  for (const key of ['a', 'b', 'c']) started.s3.put('source', key, key);
  started.s3.put('target', 'b', 'another');
  const task = taskFor(started, await captured(started), 's3://target', 'skip');
  expect(await kind.restore(task)).toMatchObject({ entries: 2, kept: 1, skippedCount: 0 });
});

test('what was refused in one call counts in the next: a call without a written object is no failure', async () => {
  const started = await start(({ operation, target }) =>
    operation === 'PutObject' && target !== 'a' ? refusal(403, 'AccessDenied') : undefined,
  );
  for (const key of ['a', 'b', 'c']) started.s3.put('source', key, key);
  const task = { ...taskFor(started, await captured(started)), checkpointDue: () => true };
  let cursor: Json = null;
  for (let done = false; !done; )
    ({ done } = await kind.restore({
      ...task,
      cursor,
      checkpoint: async (_, next) => {
        cursor = JSON.parse(JSON.stringify(next));
        return 'stop';
      },
    }));
  expect(started.s3.keys('target')).toEqual(['a']);
});
