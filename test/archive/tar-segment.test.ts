import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TAR_END_BYTES, type TarEntry, tarContentBytes } from '../../lib/archive/tar/tar-entry.ts';
import { readTarHeader } from '../../lib/archive/tar/tar-reader.ts';
import { readTarSegment } from '../../lib/archive/tar/tar-segment.ts';
import { tarHeaderBytes, writeTarHeader } from '../../lib/archive/tar/tar-writer.ts';

const SEED = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`tar-segment: SEED=${SEED}`);

const shape = { leadBytes: 0, leadEnds: false, trailBytes: undefined, endsTar: true };

const segmentOf = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat([
    ...entries.map((entry) => {
      const block = Buffer.alloc(tarHeaderBytes(entry) + tarContentBytes(entry.size));
      writeTarHeader(entry, block, 0);
      return block;
    }),
    Buffer.alloc(TAR_END_BYTES),
  ]);

const bytesOf = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength })
    .map((bytes) => String.fromCharCode(...bytes).replaceAll('/', '_'))
    .filter((name) => !/^\.{1,2}$/.test(name));

const entry: fc.Arbitrary<TarEntry> = fc
  .record({
    type: fc.constantFrom('file', 'directory', 'symlink', 'hardlink'),
    parts: fc.array(bytesOf(90), { minLength: 1, maxLength: 4 }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.oneof(fc.nat(2000), fc.constant(4_000_000_000)),
    gid: fc.oneof(fc.nat(2000), fc.constant(4_000_000_000)),
    size: fc.nat(2000),
    mtimeSeconds: fc.oneof(fc.nat(2_000_000_000), fc.integer({ min: -2_000_000_000, max: -1 })),
    mtimeNanoseconds: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 999_999_999 })),
    target: bytesOf(150),
  })
  .map(({ type, parts, size, target, ...rest }) => ({
    ...rest,
    type,
    path: parts.join('/'),
    size: type === 'file' ? size : 0,
    link: type === 'symlink' || type === 'hardlink' ? target : '',
  }));

const plain: TarEntry = {
  path: 'a',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 3,
  mtimeSeconds: 1_700_000_000,
  mtimeNanoseconds: 0,
  link: '',
};

describe('a segment of a tar', () => {
  test('is what contents list, however its headers have to be said, and reads as they do', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
        const bytes = segmentOf(entries);
        const headers = readTarSegment(bytes, shape, entries);
        expect(headers.map((header) => header.entry)).toEqual(entries);
        for (const { entry: found, contentAt } of headers) {
          const read = readTarHeader(bytes, contentAt - tarHeaderBytes(found));
          expect(read).toEqual({ entry: found, contentAt });
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('is read where a header is another than our writer makes: what it says counts', () => {
    const written = { ...plain, mode: 0o600, mtimeSeconds: 5 };
    const [header] = readTarSegment(segmentOf([written]), shape, [plain]);
    expect(header?.entry).toEqual(written);
  });

  test.each<[string, readonly TarEntry[]]>([
    ['another path', [{ ...plain, path: 'b' }]],
    ['another size', [{ ...plain, size: 2 }]],
    ['another type', [{ ...plain, type: 'directory' }]],
    ['another link', [{ ...plain, link: 'x' }]],
    ['an entry more', [plain, { ...plain, path: 'b' }]],
    ['none', []],
  ])('is refused when contents list %s', (_, listed) => {
    expect(() => readTarSegment(segmentOf([plain]), shape, listed)).toThrow(
      expect.objectContaining({ code: 'archive_damaged' }),
    );
  });

  test('gives no content to what has none, though contents and header agree that it has', () => {
    const folder: TarEntry = { ...plain, type: 'directory', size: 3 };
    expect(() => readTarSegment(segmentOf([folder]), shape, [folder])).toThrow(
      expect.objectContaining({ code: 'archive_damaged' }),
    );
  });
});
