import { expect, test } from '@jest/globals';
import { fittingReply, MAX_PAGE_BYTES } from '../../lib/api/page.ts';

const pageOf = (sizes: readonly number[]) => ({
  status: 200,
  body: {
    skip: 5,
    limit: 1000,
    total: 2000,
    resources: sizes.map((size) => ({ text: 'ü'.repeat(size / 2) })),
  },
});

/** Lambda refuses an answer above 6 MB; the gateway then answers 500 without a reason. */
test('a page whose records are too large for one answer of a function is shorter, and says so [D3] [U11]', () => {
  const { body } = fittingReply(pageOf(Array.from({ length: 1000 }, () => 100_000)));
  expect(body).toMatchObject({ skip: 5, total: 2000, limit: 41 });
  expect(Object(body).resources).toHaveLength(41);
  const event = JSON.stringify({ statusCode: 200, body: JSON.stringify(body) });
  expect(Buffer.byteLength(event)).toBeLessThan(6 * 1024 * 1024);
});

test('a page that fits, a page of one and what is no page are left as they are', () => {
  for (const reply of [
    pageOf([10, 10]),
    pageOf([MAX_PAGE_BYTES * 2]),
    pageOf([]),
    { status: 200, body: { resources: ['x'.repeat(MAX_PAGE_BYTES), 'y'] } },
    { status: 204 },
    { status: 200, text: 'x'.repeat(MAX_PAGE_BYTES * 2) },
  ])
    expect(fittingReply(reply)).toBe(reply);
});

test('the first record comes whatever its size, so that whoever pages gets on', () => {
  const { body } = fittingReply(pageOf([MAX_PAGE_BYTES * 2, 10, 10]));
  expect(Object(body).resources).toHaveLength(1);
});
