/**
 * Computes the CRC-32 of bytes in several places from the CRC-32 of each, like zlib's `crc32_combine`
 * (https://github.com/madler/zlib/blob/master/crc32.c), which Node does not offer. It proves that no bytes were mixed
 * up by accident; it does not protect against changes on purpose.
 */

const POLYNOMIAL = 0xedb88320;
/** The polynomial x to the power of 0; here all bits are in reverse order. */
const ONE = 0x80000000;
const X = 0x40000000;

export interface Summed {
  /** As from `crc32` of node:zlib: unsigned, 32 bits. */
  readonly crc32: number;
  readonly bytes: number;
}

/** The CRC-32 of all pieces, one behind the other; 0 for no pieces. */
export const crc32OfWhole = (pieces: Iterable<Summed>): number => {
  let whole = 0;
  for (const { crc32, bytes } of pieces) whole = (times(xToThe(8 * bytes), whole) ^ crc32) >>> 0;
  return whole;
};

/** The product of two polynomials over GF(2), modulo CRC-32's own. */
const times = (a: number, b: number): number => {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
};

/** x to the power of n, by squaring; n may be larger than 2^32. */
const xToThe = (n: number): number => {
  let power = ONE;
  let square = X;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = times(square, power);
    square = times(square, square);
  }
  return power;
};

/** S3's notation: base64 of the four bytes, the highest first. */
export const crc32AsS3 = (crc32: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32);
  return bytes.toString('base64');
};
