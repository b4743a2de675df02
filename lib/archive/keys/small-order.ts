/**
 * Points of Ed25519's curve that must not be keys: eight times such a point is the neutral point, and anybody can write
 * a signature for it that fits every message. A text that is not the only one of its point is refused as well.
 * Libraries differ (OpenSSL 3.0.19 accepts these points, 3.5.8 does not), so Holdfast refuses them itself.
 */

/** 2^255 - 19, the field's prime, and the y values of the eight points, all little-endian, without the sign of x. */
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

/** Whether these 32 bytes can be somebody's key: a point in its only form, and not of small order. */
export const isSoundVerifyKey = (raw: Uint8Array): boolean => {
  const y = Buffer.from(raw);
  // The highest bit is the sign of x.
  y.writeUInt8(y.readUInt8(31) & 0x7f, 31);
  const text = y.toString('hex');
  return bigEndian(text) < bigEndian(PRIME) && !SMALL_ORDER.has(text);
};
