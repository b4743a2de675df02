/**
 * Points of Ed25519's curve that are no keys: multiplied by eight they are nothing, and a signature that fits every
 * message can be written down for each of them. A text for a key that is not the one text of its point is none either.
 * Whether a library refuses them is its own affair (OpenSSL 3.0.19 takes them, 3.5.8 does not); here nobody has them.
 */

/** 2^255 - 19, the field's prime, and the values of y of the eight points, all little-endian, the sign of x left out. */
const PRIME = 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f';
const SMALL_ORDER: ReadonlySet<string> = new Set([
  // order 1: the neutral point
  '0100000000000000000000000000000000000000000000000000000000000000',
  // order 2
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  // order 4
  '0000000000000000000000000000000000000000000000000000000000000000',
  // order 8
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

const bigEndian = (littleEndian: string): string =>
  Buffer.from(littleEndian, 'hex').reverse().toString('hex');

/** Whether these 32 bytes can be somebody's key: a point written in its one form, and not one of small order. */
export const isSoundVerifyKey = (raw: Uint8Array): boolean => {
  const y = Buffer.from(raw);
  // The highest bit is the sign of x.
  y.writeUInt8(y.readUInt8(31) & 0x7f, 31);
  const text = y.toString('hex');
  return bigEndian(text) < bigEndian(PRIME) && !SMALL_ORDER.has(text);
};
