import { describe, expect, test } from '@jest/globals';
import { compareKeys } from '../../../lib/components/s3/object-path.ts';
import {
  between,
  type KeyShard,
  MAX_SPLIT_PAGES,
  splitRange,
} from '../../../lib/components/s3/split-range.ts';
import { randomFrom, testSeed } from '../../random-pieces.ts';
import { pagesOf } from './key-pages.ts';

const PER_PAGE = 10;
const time = { signal: new AbortController().signal, stopsNext: () => false };

/** The ranges after the first key, and the number of keys in each. */
const split = async (
  keys: readonly string[],
  { prefix = '', parts = 20, stopsNext = time.stopsNext } = {},
) => {
  const sorted = [...new Set(keys)].sort(compareKeys);
  const [after = ''] = sorted;
  let looked = 0;
  const pages = pagesOf(
    sorted.map((key) => ({ key, bytes: 1 })),
    PER_PAGE,
  );
  const counted: typeof pages = (range) => {
    looked += 1;
    return pages(range);
  };
  const ranges = await splitRange(counted, { prefix, after, parts, signal: time.signal, stopsNext });
  const isIn = (key: string, { after: low = '', through }: KeyShard): boolean =>
    compareKeys(key, low) > 0 && (through === undefined || compareKeys(key, through) <= 0);
  const sizes = ranges.map((range) => sorted.filter((key) => isIn(key, range)).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(sorted.length - 1);
  expect(ranges[0]?.after).toBe(after);
  expect(ranges.at(-1)?.through).toBeUndefined();
  for (const [index, { through }] of ranges.slice(0, -1).entries())
    expect(ranges[index + 1]?.after).toBe(through);
  return { ranges, sizes, looked };
};

const many = (count: number, keyOf: (n: number) => string): string[] =>
  Array.from({ length: count }, (_, n) => keyOf(n));
const day = (n: number): string => new Date(Date.UTC(2020, 0, 1) + n * 3_600_000).toISOString();

describe('a range of keys that nobody has counted', () => {
  test.each([
    ['numbers', (n: number) => String(n).padStart(9, '0')],
    ['times below folders', (n: number) => `backups/eu/logs/${day(n)}/${n % 7}.json`],
    ['hashes', (n: number) => ((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')],
    [
      'texts of no alphabet',
      (n: number) => `\u00e9\u{1f600}${String.fromCodePoint(0x4e00 + (n % 5_000))}${n}`,
    ],
    ['one long name', (n: number) => `${'a/long/name/'.repeat(10)}${n}`],
  ])('is cut into as many as are wanted, none of which has most: %s [B6]', async (_, keyOf) => {
    const { ranges, sizes, looked } = await split(many(10_000, keyOf));
    expect(ranges).toHaveLength(20);
    expect(Math.max(...sizes)).toBeLessThan(3_000);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(looked).toBeLessThan(MAX_SPLIT_PAGES);
  });

  test('is cut where most keys are, though they lie between few others [B6]', async () => {
    const few = many(26 * 2, (n) => `${String.fromCharCode(97 + (n % 26))}/${n}`);
    const { sizes } = await split([...few, ...many(20_000, (n) => `logs/${day(n)}`)], { parts: 60 });
    expect(Math.max(...sizes)).toBeLessThan(4_000);
  });

  test('has one part where there is nothing to cut, and as many as there was time for', async () => {
    expect((await split(['a'])).ranges).toEqual([{ after: 'a' }]);
    expect((await split(['a', 'b'])).ranges).toHaveLength(1);
    const keys = many(1_000, String);
    expect((await split(keys, { stopsNext: () => true })).ranges).toHaveLength(1);
    let looks = 0;
    expect((await split(keys, { stopsNext: () => looks++ === 3 })).ranges).toHaveLength(4);
  });

  test('below a prefix is cut at names below it', async () => {
    const { ranges } = await split(
      many(500, (n) => `app/${n}`),
      { prefix: 'app/' },
    );
    expect(ranges).toHaveLength(20);
    for (const { after } of ranges) expect(after).toMatch(/^app\//);
  });
});

test('a text between two others is between them, in the order of listings', () => {
  const seed = testSeed();
  console.log(`split-range: SEED=${seed}`);
  const random = randomFrom(seed);
  const letters = [
    'a',
    'b',
    '~',
    ' ',
    '0',
    '\u00e9',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{1f600}',
    '\u{10ffff}',
  ];
  const text = (): string =>
    Array.from({ length: 1 + random(4) }, () => letters[random(letters.length)]).join('');
  let found = 0;
  for (let n = 0; n < 5_000; n++) {
    const [low = '', high = ''] = [text(), text()].sort(compareKeys);
    if (low === high) continue;
    const middle = between(low, high, '');
    if (middle === undefined) continue;
    found += 1;
    expect([low, middle, high].toSorted(compareKeys)).toEqual([low, middle, high]);
    expect(new Set([low, middle, high]).size).toBe(3);
    expect(middle.isWellFormed()).toBe(true);
    const above = between(low, undefined, '');
    if (above !== undefined) expect(compareKeys(low, above)).toBeLessThan(0);
  }
  expect(found).toBeGreaterThan(3_000);
});
