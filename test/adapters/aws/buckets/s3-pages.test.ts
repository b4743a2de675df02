/** Bucket listings in pages, which planning reads in several calls. */
import { afterEach, expect, test } from '@jest/globals';
import type { KeyRange } from '../../../../lib/ports/sources/bucket-store.ts';
import { type StubbedBuckets, startStubbedBuckets } from './stubbed-bucket.ts';

let started: StubbedBuckets | undefined;
afterEach(() => started?.close());

const keys = Array.from({ length: 25 }, (_, n) => `k/${String(n).padStart(2, '0')} ü+%`);

test.each([
  ['', false],
  ['that keeps versions, ', true],
])('of a bucket %sis the whole listing, wherever another call goes on with it [B6]', async (_, versioned) => {
  const here = await startStubbedBuckets();
  started = here;
  here.s3.bucket('source').versioned = versioned;
  here.s3.pageKeys = 10;
  for (const key of keys) for (const version of ['old', 'new']) here.s3.put('source', key, version);
  const pagesOf = (range: Omit<KeyRange, 'prefix'> = {}) =>
    Array.fromAsync(here.newBuckets().listPages('source', { prefix: 'k/', ...range }));

  const pages = await pagesOf();
  expect(pages.map(({ objects }) => objects.length)).toEqual([10, 10, 5]);
  expect(pages.map(({ next }) => next)).toEqual([keys[9], keys[19], undefined]);
  for (const [index, { next }] of pages.slice(0, -1).entries())
    expect(await pagesOf({ after: next })).toEqual(pages.slice(index + 1));
  const [page] = await pagesOf({ after: keys[0], through: keys[3] });
  expect(page?.objects.map(({ key }) => key)).toEqual(keys.slice(1, 4));
  expect(page?.next).toBeUndefined();
});
