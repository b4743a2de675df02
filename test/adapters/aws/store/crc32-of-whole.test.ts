/** The CRC-32 computed from the CRCs of pieces equals the CRC-32 of the whole bytes. */
import { crc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32AsS3, crc32OfWhole } from '../../../../lib/adapters/aws/s3/crc32-of-whole.ts';
import { testSeed } from '../../../random-pieces.ts';

const summed = (bytes: Uint8Array) => ({ crc32: crc32(bytes), bytes: bytes.length });

describe('the CRC-32 of pieces together', () => {
  test('is that of the whole bytes, whatever the pieces', () => {
    const seed = testSeed();
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 12 }), (pieces) => {
        expect(crc32OfWhole(pieces.map(summed))).toBe(crc32(Buffer.concat(pieces)));
      }),
      { seed },
    );
  });

  test('is right where lengths pass 32 bits', () => {
    const megabyte = summed(Buffer.alloc(1024 ** 2, 7));
    const grown = (piece: { crc32: number; bytes: number }, doublings: number) => {
      let whole = piece;
      for (let n = 0; n < doublings; n++)
        whole = { crc32: crc32OfWhole([whole, whole]), bytes: 2 * whole.bytes };
      return whole;
    };
    // 64 GiB in two ways: doubled 16 times, or as 1,024 pieces of 64 MiB.
    const inSteps = crc32OfWhole(Array.from({ length: 1024 }, () => grown(megabyte, 6)));
    expect(grown(megabyte, 16)).toEqual({ crc32: inSteps, bytes: 64 * 1024 ** 3 });
  });

  test('is written as S3 does', () => {
    // The check value of CRC-32 is cbf43926 (https://reveng.sourceforge.io/crc-catalogue/17plus.htm).
    expect(crc32AsS3(crc32('123456789'))).toBe(Buffer.from('cbf43926', 'hex').toString('base64'));
  });
});
