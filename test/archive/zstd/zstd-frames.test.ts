/** Frames of a member: any division of its bytes is valid, but no more frames than that needs. */
import { once } from 'node:events';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ArchiveError } from '../../../lib/archive/errors.ts';
import { decompressFrames, maxFrames } from '../../../lib/archive/zstd/zstd-frames.ts';
import { testSeed } from '../../random-pieces.ts';

const seed = testSeed();
console.log(`zstd-frames: SEED=${seed}`);

/** Compresses as a stream does: without the size, and with an empty frame at the end. */
const undeclared = async (plain: Uint8Array, params: Record<number, number> = {}): Promise<Buffer> => {
  const stream = createZstdCompress({ params });
  const packed: Buffer[] = [];
  stream.on('data', (piece: Buffer) => packed.push(piece));
  const ended = once(stream, 'end');
  stream.write(plain.subarray(0, plain.length >>> 1));
  stream.write(plain.subarray(plain.length >>> 1));
  stream.end();
  await ended;
  return Buffer.concat(packed);
};

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'taken';
  } catch (error) {
    if (error instanceof ArchiveError) return error.code;
    throw error;
  }
};

const EMPTY = zstdCompressSync(Buffer.alloc(0));

describe('frames', () => {
  test('of any division of the bytes give the bytes, empty ones among them', async () => {
    const piece = fc.record({
      bytes: fc.uint8Array({ maxLength: 3_000 }),
      way: fc.constantFrom('declared', 'streamed', 'with a checksum', 'with a large window'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 12 }),
        fc.nat(40),
        async (pieces, empties) => {
          const packed: Buffer[] = [];
          for (const { bytes, way } of pieces) {
            if (way === 'declared') packed.push(zstdCompressSync(bytes));
            else if (way === 'streamed') packed.push(await undeclared(bytes));
            else if (way === 'with a checksum')
              packed.push(zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }));
            else packed.push(await undeclared(bytes, { [constants.ZSTD_c_windowLog]: 27 }));
            packed.push(...Array<Buffer>(empties).fill(EMPTY));
          }
          const plain = Buffer.concat(pieces.map(({ bytes }) => bytes));
          const out = Buffer.alloc(plain.length);
          expect(decompressFrames(Buffer.concat(packed), out)).toBe(plain.length);
          expect(out.equals(plain)).toBe(true);
          // If the declared size is one byte too small, the member is refused as a bomb.
          if (plain.length > 0)
            expect(
              codeOf(() => decompressFrames(Buffer.concat(packed), Buffer.alloc(plain.length - 1))),
            ).toBe('archive_bomb');
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  test('that are cut or changed are refused, and the next ones are read', async () => {
    const whole = Buffer.concat([
      await undeclared(Buffer.alloc(5_000, 'x')),
      zstdCompressSync(Buffer.alloc(900, 'y')),
    ]);
    for (let length = 1; length < whole.length; length += 1)
      expect(['taken', 'archive_damaged']).toContain(
        codeOf(() => decompressFrames(whole.subarray(0, length), Buffer.alloc(5_900))),
      );
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      expect(['taken', 'archive_damaged', 'archive_bomb']).toContain(
        codeOf(() => decompressFrames(changed, Buffer.alloc(5_900))),
      );
      expect(decompressFrames(whole, Buffer.alloc(5_900))).toBe(5_900);
    }
  });

  test('are counted: two hundred thousand empty ones are refused at once [B8]', async () => {
    for (const frame of [EMPTY, await undeclared(Buffer.alloc(0))]) {
      const before = process.threadCpuUsage();
      expect(
        codeOf(() => decompressFrames(Buffer.concat(Array<Buffer>(200_000).fill(frame)), Buffer.alloc(1024))),
      ).toBe('archive_bomb');
      const { user, system } = process.threadCpuUsage(before);
      expect((user + system) / 1000).toBeLessThan(2_000);
    }
  });

  test('up to their bound take time in proportion to the bytes, also behind the last byte [B8]', async () => {
    const out = Buffer.alloc(8 * 1024 * 1024);
    const last = await undeclared(Buffer.alloc(0));
    const full = zstdCompressSync(Buffer.alloc(out.length));
    const half = Math.floor(maxFrames(out.length) / 2) - 1;
    const before = process.threadCpuUsage();
    expect(decompressFrames(Buffer.concat([full, ...Array<Buffer>(half).fill(last)]), out)).toBe(out.length);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(5_000);
    expect(
      codeOf(() => decompressFrames(Buffer.concat([full, ...Array<Buffer>(half + 2).fill(last)]), out)),
    ).toBe('archive_bomb');
  });

  test('and their blocks are looked away from as soon as nobody wants them', () => {
    class Unwanted extends Error {}
    let looks = 0;
    const look = (): void => {
      looks += 1;
      if (looks === 3) throw new Unwanted();
    };
    const blocks = Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]),
      Buffer.alloc(3 * 1_000_000),
      Buffer.from([1, 0, 0]),
    ]);
    expect(() => decompressFrames(blocks, Buffer.alloc(0), look)).toThrow(Unwanted);
    looks = 0;
    const frames = Buffer.concat(Array<Buffer>(60_000).fill(zstdCompressSync(Buffer.from('x'))));
    expect(() => decompressFrames(frames, Buffer.alloc(16 * 1024 * 1024), look)).toThrow(Unwanted);
    // An interrupted decompression leaves no state behind for the next one.
    expect(decompressFrames(zstdCompressSync(Buffer.from('sound')), Buffer.alloc(5))).toBe(5);
  });
});
