import { randomBytes } from 'node:crypto';
import { Crc64Nvme } from '@aws-sdk/checksums/crc';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { s3 as kind } from '../../../../lib/components/s3/s3.ts';
import { type Fault, refusal } from '../../../stubs/faults.ts';
import type { StubChecksum } from '../../../stubs/stub-s3.ts';
import { captureArchive, pool } from '../kind-round-trip.ts';
import { bucketSettings, type StubbedBuckets, startStubbedBuckets } from './stubbed-bucket.ts';

const MIB = 1024 * 1024;
const content = randomBytes(4.5 * MIB);
const parts = [2 * MIB, 2 * MIB, MIB / 2];
const whole = (algorithm: StubChecksum['algorithm']): StubChecksum => ({
  algorithm,
  composite: false,
  parts,
});
const composite = (algorithm: StubChecksum['algorithm']): StubChecksum => ({
  algorithm,
  composite: true,
  parts,
});

const running: StubbedBuckets[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});
afterAll(() => pool.close());

/**
 * The names that a backup reports for a bucket with such an object, when these faults occur while reading it.
 */
const namedOf = async (
  checksum: StubChecksum,
  faults: readonly (Fault | undefined)[],
  body: Buffer = content,
): Promise<{ named: readonly string[]; heads: number }> => {
  const started = await startStubbedBuckets(({ operation, nth }) =>
    operation === 'GetObject' ? faults[nth - 1] : undefined,
  );
  running.push(started);
  started.s3.bucket('source');
  started.s3.put('source', 'object', body, { checksum });
  started.s3.put('source', 'object that is whole', 'x');
  const settings = bucketSettings('source');
  const { skipped } = await captureArchive(kind, settings, started, { segmentBytes: 4 * MIB });
  const heads = started.stub.calls.filter((call) => call.startsWith('HeadObject')).length;
  return { named: skipped.map(({ path, reason }) => `${path} ${reason}`), heads };
};

const cut: Fault = { kind: 'cut', bytes: MIB };
const damaged = [expect.stringMatching(/^object was not read to its end.*arrived damaged/)];

describe('a large object that arrives damaged behind a cut connection is named [B3]', () => {
  test.each([
    ['a CRC64NVME of the whole', whole('crc64nvme')],
    ['a CRC32C of the whole', whole('crc32c')],
    ['a SHA-256 of the whole', { ...whole('sha256'), parts: [content.length] }],
    ['a CRC32 of the parts', composite('crc32')],
    ['a CRC32C of the parts', composite('crc32c')],
    ['a SHA-256 of the parts', composite('sha256')],
    ['a SHA-1 of the parts', composite('sha1')],
  ])('that has %s', async (_, checksum) => {
    expect((await namedOf(checksum, [cut, { kind: 'garble' }])).named).toEqual(damaged);
    expect((await namedOf(checksum, [cut])).named).toEqual([]);
  });

  test('and so is one that is damaged in one answer, of which S3 has a checksum of the parts', async () => {
    expect((await namedOf(composite('sha256'), [{ kind: 'garble' }])).named).toEqual(damaged);
  });
});

test('a small object of which S3 has a checksum of the parts is read again when it arrives damaged', async () => {
  const checksum: StubChecksum = { algorithm: 'crc32', composite: true, parts: [1_000] };
  const small = await namedOf(checksum, [{ kind: 'garble' }], randomBytes(1_000));
  expect(small.named).toEqual([]);
});

test('the parts of an object are asked for only where their checksum is the one there is', async () => {
  expect((await namedOf(whole('crc64nvme'), [])).heads).toBe(0);
  expect((await namedOf(composite('crc32'), [])).heads).toBe(3);
});

test('an empty object that was put in parts is whole', async () => {
  const empty = { algorithm: 'sha256', composite: true, parts: [0] } as const;
  expect((await namedOf(empty, [], Buffer.alloc(0))).named).toEqual([]);
});

test('parts that are not told leave the object as it arrived', async () => {
  const untold = { ...composite('crc32'), parts: [1, 2, 3] };
  expect((await namedOf(untold, [refusal(503, 'SlowDown')])).named).toEqual([]);
});

test('CRC-64/NVME is the one of the catalogue: its check value', async () => {
  const sum = new Crc64Nvme();
  sum.update(Buffer.from('123456789'));
  expect(Buffer.from(await sum.digest()).toString('hex')).toBe('ae8b14860a799888');
});
