/** If Node's zstd streams lack the expected internals, the code uses only the documented functions. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import zlib from 'node:zlib';
import { expect, test } from '@jest/globals';
import { zstdBindingOf } from '../../../lib/archive/zstd/zstd-binding.ts';
import { ZstdCompressor } from '../../../lib/archive/zstd/zstd-compressor.ts';
import { compressBound, decompressFrames } from '../../../lib/archive/zstd/zstd-frames.ts';

const plain = Buffer.concat([Buffer.from('holdfast '.repeat(20_000)), randomBytes(50_000)]);

const roundTrip = (compressor: ZstdCompressor): Buffer => {
  const out = Buffer.alloc(compressBound(plain.length));
  const packed = out.subarray(0, compressor.compress(plain, out, 0));
  const back = Buffer.alloc(plain.length);
  expect(decompressFrames(packed, back)).toBe(plain.length);
  expect(back.equals(plain)).toBe(true);
  return packed;
};

test('a stream without the binding is known as such', () => {
  const stream = zlib.createZstdCompress();
  Reflect.deleteProperty(stream, '_writeState');
  expect(zstdBindingOf(stream)).toBeUndefined();
});

test('this Node has the binding: without it all would be right, and slower', () => {
  expect(zstdBindingOf(zlib.createZstdCompress())).toBeDefined();
  expect(zstdBindingOf(zlib.createZstdDecompress())).toBeDefined();
});

test('the documented functions give the same bytes, and read what the binding wrote', () => {
  const fast = roundTrip(new ZstdCompressor(1));
  const slow = roundTrip(new ZstdCompressor(1, () => undefined));
  expect(slow.equals(fast)).toBe(true);
  expect(zlib.zstdDecompressSync(fast).equals(plain)).toBe(true);
});

test('a frame that does not declare its size is read by the documented function', async () => {
  const stream = zlib.createZstdCompress();
  const packed: Buffer[] = [];
  stream.on('data', (piece: Buffer) => packed.push(piece));
  const ended = once(stream, 'end');
  stream.write(plain.subarray(0, 1000));
  stream.end(plain.subarray(1000));
  await ended;
  const back = Buffer.alloc(plain.length);
  expect(decompressFrames(Buffer.concat(packed), back)).toBe(plain.length);
  expect(back.equals(plain)).toBe(true);
});
