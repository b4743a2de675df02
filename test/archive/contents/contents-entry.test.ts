import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isContentsEntry } from '../../../lib/archive/contents/contents-entry.ts';
import { contentsEntrySchema } from '../../../lib/archive/format.ts';

const SEED = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`contents-entry: SEED=${SEED}`);

const HEX = 'a'.repeat(64);
const number = fc.constantFrom(0, 1, 2, 511, 4095, 4096, -1, 1.5, 2 ** 53, Number.NaN);
const text = fc.constantFrom('', 'a', 'a/b', HEX, HEX.toUpperCase(), 'files', 'Files');
const anything = fc.oneof(
  number,
  text,
  fc.constantFrom(null, true, false),
  fc.array(number, { maxLength: 2 }),
);
const piece = fc.record(
  {
    segment: fc.oneof({ weight: 40, arbitrary: fc.constantFrom(1, 2, 0) }, anything),
    offset: fc.oneof({ weight: 40, arbitrary: fc.constant(0) }, anything),
    bytes: fc.oneof({ weight: 40, arbitrary: fc.constant(512) }, anything),
    sha256: fc.oneof({ weight: 40, arbitrary: fc.constant(HEX) }, anything),
  },
  { requiredKeys: ['segment', 'offset', 'bytes'] },
);
const mostly = (good: unknown) => fc.oneof({ weight: 40, arbitrary: fc.constant(good) }, anything);
const line = fc.record(
  {
    path: mostly('a'),
    type: fc.oneof(
      {
        weight: 40,
        arbitrary: fc.constantFrom('file', 'directory', 'symlink', 'hardlink', 'stream', 'object', 'item'),
      },
      anything,
    ),
    size: mostly(1),
    segment: mostly(1),
    offset: mostly(0),
    component: mostly('files'),
    pathBase64: mostly('YQ=='),
    mode: mostly(0o644),
    mtime: mostly('2023-11-14T22:13:20.000000000Z'),
    uid: mostly(0),
    gid: mostly(0),
    link: mostly('b'),
    linkBase64: mostly('Yg=='),
    sha256: mostly(HEX),
    pieces: fc.oneof({ weight: 9, arbitrary: fc.array(piece, { maxLength: 3 }) }, anything),
    changed: mostly(true),
  },
  { requiredKeys: ['path', 'type', 'size', 'segment'] },
);

const withMore = fc
  .tuple(line, fc.constantFrom('other', '__proto__', 'toString'), anything)
  .map(([entry, key, value]) => JSON.parse(JSON.stringify({ ...entry, [key]: value })));

test('the check by hand takes what the schema takes, and nothing else', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 20, arbitrary: line }, withMore, anything), (value) => {
      const read: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
      const wanted = contentsEntrySchema.safeParse(read).success;
      if (wanted) taken += 1;
      expect(isContentsEntry(read)).toBe(wanted);
    }),
    { seed: SEED, numRuns: 5_000 },
  );
  expect(taken).toBeGreaterThan(100);
});
