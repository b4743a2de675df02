import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TAR_END_BYTES, type TarEntry, tarContentBytes } from '../../../lib/archive/tar/tar-entry.ts';
import { readTarHeader } from '../../../lib/archive/tar/tar-reader.ts';
import { readTarSegment } from '../../../lib/archive/tar/tar-segment.ts';
import { tarHeaderBytes, writeTarHeader } from '../../../lib/archive/tar/tar-writer.ts';

const SEED = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`tar-segment: SEED=${SEED}`);

const shape = { leadBytes: 0, leadPadding: 0, trailBytes: undefined, endsTar: true };

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

  test('is refused when a header says in another form what contents say', () => {
    for (const [at, text] of [
      [100, '    644\0'],
      [257, 'ustar  \0'],
      [265, 'root'],
    ] as const) {
      const bytes = segmentOf([plain]);
      bytes.write(text, at, 'latin1');
      bytes.write('        ', 148, 'latin1');
      const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      expect(() => readTarSegment(bytes, shape, [plain])).toThrow(
        expect.objectContaining({ code: 'archive_damaged' }),
      );
    }
  });

  test.each<[string, readonly TarEntry[]]>([
    ['another path', [{ ...plain, path: 'b' }]],
    ['another size', [{ ...plain, size: 2 }]],
    ['another type', [{ ...plain, type: 'directory' }]],
    ['another link', [{ ...plain, link: 'x' }]],
    ['another mode', [{ ...plain, mode: 0o4755 }]],
    ['another owner', [{ ...plain, uid: 1000 }]],
    ['another group', [{ ...plain, gid: 1000 }]],
    ['another second', [{ ...plain, mtimeSeconds: 5 }]],
    ['another nanosecond', [{ ...plain, mtimeNanoseconds: 1 }]],
    ['an entry more', [plain, { ...plain, path: 'b' }]],
    ['none', []],
  ])('is refused when contents list %s', (_, listed) => {
    expect(() => readTarSegment(segmentOf([plain]), shape, listed)).toThrow(
      expect.objectContaining({ code: 'archive_damaged' }),
    );
  });

  test.each<[string, number]>([
    ['behind a content', 512 + 3],
    ['behind the last content, where the tar is to end', 1024],
  ])('is refused with another byte than zero %s', (_, at) => {
    const bytes = segmentOf([plain]);
    bytes[at] = 1;
    expect(() => readTarSegment(bytes, shape, [plain])).toThrow(
      expect.objectContaining({ code: 'archive_damaged' }),
    );
  });

  test('says what its header says otherwise', () => {
    const setuid = segmentOf([{ ...plain, mode: 0o4755, uid: 0 }]);
    expect(() => readTarSegment(setuid, shape, [{ ...plain, uid: 1000 }])).toThrow(
      'the entry "a" with the mode 4755, and contents list 0644; the uid 0, and contents list 1000',
    );
  });

  test('gives no content to what has none, though contents and header agree that it has', () => {
    const folder: TarEntry = { ...plain, type: 'directory', size: 3 };
    expect(() => readTarSegment(segmentOf([folder]), shape, [folder])).toThrow(
      expect.objectContaining({ code: 'archive_damaged' }),
    );
  });
});
